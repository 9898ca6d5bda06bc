// A blocking client that says what a test tells it to say, right or wrong.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "../server.hpp"
#include "auth/sasl_mechanism.hpp"
#include "interop/line_socket.hpp"
#include "support/temp_dir.hpp"

namespace outmap::exchange::test {

/// Untagged lines without "* "; a literal stands in them as "{n}" CRLF and its octets.
struct answer {
  std::vector<std::string> untagged;
  std::string tagged;  ///< without the tag: "OK done"

  /// Lines that begin with `start`.
  [[nodiscard]] std::vector<std::string> lines(std::string_view start) const;
  [[nodiscard]] bool has(std::string_view line) const;
};

class client {
 public:
  explicit client(std::uint16_t port, bool greeted = true);

  [[nodiscard]] const std::string& greeting() const { return greeting_; }
  void start_tls(const std::string& ca_pem);
  /// Sends "<tag> text CRLF" and reads up to its tagged line.
  answer command(std::string_view text);
  /// A command whose last argument is a synchronising literal.
  answer command_with_literal(std::string_view text, std::string_view literal);
  answer authenticate(auth::sasl_mechanism& mechanism);
  /// The lines up to and with the tagged one, whatever they are.
  std::vector<std::string> raw_lines(std::string_view text);
  /// What is left of a command that was written by hand.
  answer read_answer(std::string_view tag);
  std::string read_line();
  /// One line with its literals.
  std::string read_response();
  void write(std::string_view octets) { socket_.write(octets); }
  std::string read_exactly(std::size_t octets) { return socket_.read_exactly(octets); }
  /// Nothing more is to be read and the connection ended, in order or not: false when the socket's patience ends first.
  bool ended();

 private:
  interop::line_socket socket_;
  std::string greeting_;
  int tags_ = 0;
};

/// A server with the account anna / "s3cret pässword" and two ways in.
class running_server {
 public:
  explicit running_server(personality behaves = personality::generic(),
                          const std::function<void(server_options&)>& change = {});

  server* operator->() { return &server_; }
  mailbox_store& store() { return server_.store(); }
  client connect() { return client(server_.port()); }
  client connect_tls();
  /// Over TLS and logged in.
  client login();
  /// A server that has not been started again can be used no more; for tests of stop().
  server& get() { return server_; }

 private:
  server server_;
};

/// The seven Exchange personalities, without "generic".
std::vector<personality> exchanges();
/// That Exchange, but strict in what it sends, for tests that compare whole lines.
personality strict(personality behaves);

inline constexpr std::string_view test_user = "anna";
inline constexpr std::string_view test_password = "s3cret pässword";

/// A mechanism as outmap itself would use it against this server.
std::unique_ptr<auth::sasl_mechanism> mechanism_for(mechanism m, std::string_view user, std::string_view password,
                                                    ntlm_version version = ntlm_version::v2);

}  // namespace outmap::exchange::test
