#include "net/tls_stream.hpp"

#include <asio/buffer.hpp>
#include <asio/ssl/error.hpp>
#include <openssl/err.h>

#include <algorithm>
#include <new>
#include <utility>

#include "net/operations.hpp"

namespace outmap::net {
namespace {

// What one system call can take, and what can wait to be sent.
constexpr std::size_t receive_size = 128 * 1024;
constexpr std::size_t send_size = 64 * 1024;
// RFC 8446 5.1 and 5.2: the octets of one record, and more than the most that its protection adds.
constexpr std::size_t record_size = 16 * 1024;
constexpr std::size_t protected_record_size = record_size + 1024;

std::error_code openssl_failure() {
  const auto code = ERR_get_error();
  if (code == 0) return asio::ssl::error::unspecified_system_error;
  return {static_cast<int>(code), asio::error::get_ssl_category()};
}

}  // namespace

asio::awaitable<void> tls_stream::signal::wait() {
  co_await net::wait(timer_);
}

tls_stream::tls_stream(asio::ip::tcp::socket& socket, SSL_CTX* context)
    : socket_(socket), connection_(SSL_new(context)), received_(socket.get_executor()), sent_(socket.get_executor()) {
  BIO* inner = nullptr;
  BIO* outer = nullptr;
  if (!connection_ || BIO_new_bio_pair(&inner, send_size, &outer, receive_size) != 1) throw std::bad_alloc();
  network_.reset(outer);
  SSL_set_bio(connection_.get(), inner, inner);
  SSL_set_mode(connection_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_set_connect_state(connection_.get());
}

std::error_code tls_stream::end_of_stream() const {
  if ((SSL_get_shutdown(connection_.get()) & SSL_RECEIVED_SHUTDOWN) != 0) return asio::error::eof;
  return asio::ssl::error::stream_truncated;
}

asio::awaitable<std::error_code> tls_stream::receive() {
  if (receiving_) {
    co_await received_.wait();
    co_return receive_failure_;
  }
  receiving_ = true;
  // OpenSSL has taken everything out before it asks for more, so the room is whole and nobody moves it meanwhile.
  char* room = nullptr;
  const int size = BIO_nwrite0(network_.get(), &room);
  std::error_code problem;
  const auto into = asio::buffer(room, static_cast<std::size_t>(std::max(size, 0)));
  const auto got = co_await receive_some(socket_, into, problem);
  BIO_nwrite(network_.get(), &room, static_cast<int>(got));
  receiving_ = false;
  receive_failure_ = problem == asio::error::eof ? end_of_stream() : problem;
  received_.notify();
  co_return receive_failure_;
}

asio::awaitable<std::error_code> tls_stream::send_pending() {
  // Not what others add meanwhile, else a read would wait for a long write.
  const auto last = sent_octets_ + BIO_ctrl_pending(network_.get());
  while (!send_failure_ && sent_octets_ < last) {
    if (sending_) {
      co_await sent_.wait();
      continue;
    }
    sending_ = true;
    // These octets stay where they are until they are taken out below; others may only be added behind them.
    char* octets = nullptr;
    const int size = BIO_nread0(network_.get(), &octets);
    const auto from = asio::buffer(octets, static_cast<std::size_t>(std::max(size, 0)));
    const auto sent = co_await send_some(socket_, from, send_failure_);
    BIO_nread(network_.get(), &octets, static_cast<int>(sent));
    sent_octets_ += sent;
    sending_ = false;
    sent_.notify();
  }
  co_return send_failure_;
}

asio::awaitable<std::error_code> tls_stream::satisfy(int answer) {
  switch (SSL_get_error(connection_.get(), answer)) {
    case SSL_ERROR_WANT_READ:
      // Whoever sends already takes it along.
      if (!sending_) co_await send_pending();
      if (send_failure_) co_return send_failure_;
      co_return co_await receive();
    case SSL_ERROR_WANT_WRITE:
      co_return co_await send_pending();
    case SSL_ERROR_ZERO_RETURN:
      co_return asio::error::eof;
    default: {
      const auto why = openssl_failure();
      // The alert that tells the server; it may not want it any more.
      co_await send_pending();
      co_return why;
    }
  }
}

asio::awaitable<std::error_code> tls_stream::handshake() {
  while (true) {
    ERR_clear_error();
    const int answer = SSL_do_handshake(connection_.get());
    if (answer == 1) co_return co_await send_pending();
    if (const auto problem = co_await satisfy(answer)) co_return problem;
  }
}

asio::awaitable<std::size_t> tls_stream::read_some(std::span<char> into, std::error_code& problem) {
  problem = std::exchange(kept_, {});
  std::size_t got = 0;
  while (!problem) {
    int answer = 1;
    ERR_clear_error();
    while (answer == 1 && got < into.size()) {
      std::size_t now = 0;
      answer = SSL_read_ex(connection_.get(), into.data() + got, into.size() - got, &now);
      got += now;
    }
    if (answer == 1) co_return got;
    const bool wants_more = SSL_get_error(connection_.get(), answer) == SSL_ERROR_WANT_READ;
    if (got > 0 && wants_more) co_return got;
    problem = co_await satisfy(answer);
    if (got > 0) kept_ = std::exchange(problem, {});
    if (got > 0) co_return got;
  }
  co_return std::size_t{0};
}

asio::awaitable<std::error_code> tls_stream::write(std::string_view octets) {
  while (!octets.empty()) {
    // A record that OpenSSL could not put down whole would stand in the way of what a read has to answer.
    if (BIO_ctrl_get_write_guarantee(SSL_get_wbio(connection_.get())) < protected_record_size) {
      if (const auto problem = co_await send_pending()) co_return problem;
      continue;
    }
    ERR_clear_error();
    std::size_t taken = 0;
    const int answer = SSL_write_ex(connection_.get(), octets.data(), std::min(octets.size(), record_size), &taken);
    octets.remove_prefix(taken);
    if (answer == 1) continue;
    if (const auto problem = co_await satisfy(answer)) co_return problem;
  }
  co_return co_await send_pending();
}

}  // namespace outmap::net
