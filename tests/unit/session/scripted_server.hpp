// A server on loopback that plays one transcript a connection and writes down what it heard.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "support/scripted_transport.hpp"

namespace outmap::test {

/// Runs on the loop of the client that it serves. "C: ?" takes any line; else client lines are matched as by
/// scripted_transport. At the end of a script, or at the first line that does not match, nothing more is sent and the
/// connection is closed when the client has closed it.
class scripted_server {
 public:
  scripted_server(asio::io_context& loop, const std::vector<std::string>& scripts);

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  /// No further connection is taken.
  void stop();

  /// What was not as the scripts say, or empty.
  [[nodiscard]] const std::string& mismatch() const { return mismatch_; }
  /// The lines that a "?" took, in order.
  [[nodiscard]] const std::vector<std::string>& heard() const { return heard_; }
  [[nodiscard]] std::size_t connections() const { return connections_; }

 private:
  using tags = std::vector<std::pair<std::string, std::string>>;

  asio::awaitable<void> serve();
  asio::awaitable<void> play(asio::ip::tcp::socket& peer, const std::vector<transcript_line>& script);
  asio::awaitable<bool> read_line(asio::ip::tcp::socket& peer, std::string& line);
  bool match(const std::string& expected, const std::string& got, tags& bound);

  asio::ip::tcp::acceptor acceptor_;
  std::vector<std::vector<transcript_line>> scripts_;
  std::string unread_;
  std::vector<std::string> heard_;
  std::string mismatch_;
  std::size_t connections_ = 0;
};

}  // namespace outmap::test
