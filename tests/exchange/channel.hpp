// One accepted connection as a stream of octets, with or without TLS.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <openssl/ssl.h>
#include <asio/ip/tcp.hpp>

#include "server_clock.hpp"

namespace outmap::exchange {

/// Thrown by channel and all above it when the connection is over; caught by the connection's thread.
struct hung_up {};
/// Thrown when a deadline passed while the server waited for the client.
struct deadline_passed {};

/// A pipe that interrupts a poll() from another thread.
class wake_pipe {
 public:
  wake_pipe();  ///< throws std::system_error
  ~wake_pipe();
  wake_pipe(const wake_pipe&) = delete;
  wake_pipe& operator=(const wake_pipe&) = delete;
  void wake() noexcept;
  void drain() noexcept;
  [[nodiscard]] int fd() const { return ends_[0]; }

 private:
  std::array<int, 2> ends_{-1, -1};
};

enum class wait_result { readable, woken };

/// wake() and shut() may be called from any thread, the rest belongs to the connection's thread. Blocking; OpenSSL
/// works on the descriptor itself, so poll() and SSL_pending() together see every octet that has come.
class channel {
 public:
  /// Deadlines are times of `clock`, which outlives the channel; wake() after it was put forward.
  channel(asio::ip::tcp::socket socket, const server_clock& clock);
  ~channel();
  channel(const channel&) = delete;
  channel& operator=(const channel&) = delete;

  void wake() noexcept { wake_.wake(); }
  /// Ends the connection; a blocked read or write returns. Irrevocable.
  void shut() noexcept;

  /// Server side of the handshake. Throws hung_up when it fails.
  void start_tls(SSL_CTX* context, time_point deadline);
  [[nodiscard]] bool tls() const { return ssl_ != nullptr; }

  /// Sends what is buffered, then waits. Throws hung_up, deadline_passed.
  wait_result wait(std::optional<time_point> deadline);
  /// Blocks for at least one octet.
  std::size_t read_some(std::span<char> into);
  /// Sits still, neither reading nor writing, until the time is over or the connection is.
  void pause_until(std::optional<time_point> end);
  [[nodiscard]] time_point now() const { return clock_.now(); }

  /// Buffered; sent in large pieces, at the latest by wait().
  void write(std::string_view octets);
  void flush();
  /// Sends the rest and says goodbye on the TLS level, so that the client can tell this from a cut cable.
  void end();
  /// After this many more octets the connection ends in the middle of whatever it is sending.
  void close_after(std::size_t octets) { remaining_ = octets; }
  [[nodiscard]] std::uint64_t octets_written() const { return written_; }

 private:
  void send(std::string_view octets);
  void send_all(std::string_view octets);

  [[nodiscard]] int poll_timeout(std::optional<time_point> deadline) const;

  asio::ip::tcp::socket socket_;
  const server_clock& clock_;
  int fd_;
  wake_pipe wake_;
  std::atomic<bool> shut_{false};
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, &SSL_free};
  std::string buffer_;
  std::optional<std::size_t> remaining_;
  std::uint64_t written_ = 0;
};

}  // namespace outmap::exchange
