// Blocking TCP over IPv4 with optional TLS, read by lines and by octets.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace outmap::interop {

/// Every wait ends after half a minute. All errors are std::runtime_error.
class line_socket {
 public:
  line_socket(const std::string& address, std::uint16_t port);
  ~line_socket();
  line_socket(line_socket&&) noexcept;
  line_socket& operator=(line_socket&&) noexcept;

  /// Client handshake; the peer must show a certificate for `host` (a name or an IPv4 address) that an authority in
  /// `ca_file` signed.
  void start_tls(const std::filesystem::path& ca_file, const std::string& host);

  void write(std::string_view octets);
  /// Up to and without CRLF.
  std::string read_line();
  std::string read_exactly(std::size_t count);
  /// True when the peer closed in order and nothing is left to read.
  bool at_end();

 private:
  struct state;
  bool fill();
  std::unique_ptr<state> state_;
};

}  // namespace outmap::interop
