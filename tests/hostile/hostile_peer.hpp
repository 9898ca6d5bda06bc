// A server in a thread that says what a script says, over TLS or not, and keeps every octet it hears.
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace outmap::test {

/// What a client said on one connection.
struct heard {
  std::string plain;       ///< before TLS, or where there was none: also what is no line
  std::string over_tls;    ///< decrypted
  bool handshake = false;  ///< the client finished one
};

/// One connection, for its script. Every member throws link_ended when the client has gone.
class hostile_link {
 public:
  struct link_ended {};

  hostile_link(int socket, heard& log) : socket_(socket), log_(log) {}

  /// Returns when the client's machine has them, so that what follows comes in another segment.
  void send(std::string_view octets);
  /// The same without waiting.
  void pour(std::string_view octets);
  /// The next line without CRLF.
  std::string line();
  /// Waits for any octets behind the last line.
  void hear_something();
  /// The next line must be `command`; gives its tag. Anything else ends the script.
  std::string expect(std::string_view command);
  void raise_to_tls(SSL_CTX* as);
  /// Hears the client out.
  void drain();
  /// Sends `octet` again and again, slowly, until the client hangs up.
  void drip(char octet);

 private:
  std::string receive();

  struct release {
    void operator()(SSL* p) const { SSL_free(p); }
  };

  int socket_;
  heard& log_;
  std::string unread_;
  std::unique_ptr<SSL, release> tls_;
};

/// Listens on a free port of 127.0.0.1 and serves one connection after the other, each by the script from its start.
/// Then the client is heard out.
class hostile_peer {
 public:
  explicit hostile_peer(std::function<void(hostile_link&)> script);
  ~hostile_peer();
  hostile_peer(const hostile_peer&) = delete;
  hostile_peer& operator=(const hostile_peer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// Ends the service; then all that was heard, a connection an element.
  const std::vector<heard>& stop();

 private:
  void serve();
  void serve_one(int connected);

  std::function<void(hostile_link&)> script_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  int connected_ = -1;
  std::vector<heard> heard_;
  std::thread thread_;
};

}  // namespace outmap::test
