// OpenSSL over an Asio socket, many TLS records at a time.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <openssl/ssl.h>
#include <span>
#include <string_view>
#include <system_error>

namespace outmap::net {

/// The client's end of a TLS connection (RFC 5246, RFC 8446). One system call takes all that the socket holds, up to
/// 128 KiB, and one read gives all records that came whole; Asio's own stream makes an asynchronous operation of each
/// record. Tickets, key updates and alerts are dealt with inside of whatever operation meets them.
///
/// One read and one write may be under way at the same time in two coroutines of the socket's executor. Two reads or
/// two writes may not, and nothing may run beside the handshake. Closing the socket ends all with an error. The socket
/// must outlive the stream, and the stream its operations.
class tls_stream {
 public:
  /// Takes a reference on `context`.
  tls_stream(asio::ip::tcp::socket& socket, SSL_CTX* context);

  [[nodiscard]] SSL* native_handle() const { return connection_.get(); }

  asio::awaitable<std::error_code> handshake();
  /// At least one octet, or an error: asio::error::eof after close_notify, asio::ssl::error::stream_truncated when the
  /// stream ends without it, an error of OpenSSL, or one of the socket. What came before an error is given first.
  asio::awaitable<std::size_t> read_some(std::span<char> into, std::error_code& problem);
  /// All of it.
  asio::awaitable<std::error_code> write(std::string_view octets);

 private:
  struct release {
    void operator()(SSL* p) const { SSL_free(p); }
    void operator()(BIO* p) const { BIO_free(p); }
  };

  /// Wakes those who wait, all at once.
  class signal {
   public:
    explicit signal(const asio::any_io_executor& on) : timer_(on, asio::steady_timer::time_point::max()) {}
    asio::awaitable<void> wait();
    void notify() { timer_.cancel(); }

   private:
    asio::steady_timer timer_;
  };

  /// What OpenSSL wants before the operation that ended with `answer` can go on.
  asio::awaitable<std::error_code> satisfy(int answer);
  /// One arrival from the socket, whoever asked for it.
  asio::awaitable<std::error_code> receive();
  /// All that waits to be sent when this is called.
  asio::awaitable<std::error_code> send_pending();
  [[nodiscard]] std::error_code end_of_stream() const;

  asio::ip::tcp::socket& socket_;
  std::unique_ptr<SSL, release> connection_;
  std::unique_ptr<BIO, release> network_;   // the socket's end of the pair whose other end is the connection's
  signal received_;
  signal sent_;
  std::error_code receive_failure_;
  std::error_code send_failure_;
  std::error_code kept_;                    // met behind octets that were given first
  std::uint64_t sent_octets_ = 0;
  bool receiving_ = false;
  bool sending_ = false;
};

}  // namespace outmap::net
