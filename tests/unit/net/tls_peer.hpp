// The server's end of a TLS connection for the tests of the client's: OpenSSL on a blocking socket in a thread.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace outmap::net::test {

class tls_peer {
 public:
  /// What the server does after the handshake; false ends the test as failed.
  using script = std::function<bool(tls_peer&)>;

  /// Listens on a free port of 127.0.0.1 and serves one connection. `most` is the newest version it speaks.
  explicit tls_peer(script what, int most = TLS1_3_VERSION);
  ~tls_peer();
  tls_peer(tls_peer&&) = delete;
  tls_peer& operator=(tls_peer&&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// Waits for the script's end.
  bool succeeded();

  // For the script.
  [[nodiscard]] SSL* connection() const { return connection_; }
  bool send(std::string_view octets);
  /// Exactly as many; empty at the end of the stream.
  std::string receive(std::size_t octets);
  bool say_goodbye();

 private:
  void serve(int most);

  script what_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  SSL* connection_ = nullptr;
  bool succeeded_ = false;
  std::thread thread_;
};

}  // namespace outmap::net::test
