#include "net/tcp_transport.hpp"

#include <asio/ip/tcp.hpp>
#include <asio/ssl/error.hpp>
#include <asio/this_coro.hpp>

#include <optional>
#include <system_error>

#include "net/name_lookup.hpp"
#include "net/operations.hpp"
#include "net/tls_context.hpp"
#include "net/tls_stream.hpp"
#include "net/watchdog.hpp"

namespace outmap::net {
namespace {

using asio::ip::tcp;

// What has gone out when a deadline starts anew: 10 KB/s do for one of a minute.
constexpr std::size_t write_size = 512 * 1024;

std::string with_port(const std::string& host, std::uint16_t port) {
  const auto text = host.find(':') != std::string::npos ? '[' + host + ']' : host;
  return text + ':' + std::to_string(port);
}

class tcp_transport final : public transport {
 public:
  tcp_transport(asio::any_io_executor on, std::chrono::milliseconds timeout, interrupter& stop)
      : socket_(on),
        names_(on),
        watchdog_(std::make_shared<watchdog>(on, timeout)),
        stop_(stop),
        registration_(stop, [this] { close(); }) {
    watchdog_->start([this] { close(); });
  }

  ~tcp_transport() override {
    watchdog_->stop();
    close();
  }

  asio::awaitable<result<void>> open(const std::string& host, std::uint16_t port);
  asio::awaitable<result<std::size_t>> read_some(std::span<char> into) override;
  asio::awaitable<result<void>> write(std::string_view octets) override;
  asio::awaitable<result<void>> start_tls(const tls_options& options) override;
  [[nodiscard]] const tls_facts* tls() const override { return facts_ ? &*facts_ : nullptr; }
  [[nodiscard]] const tls_facts* refused() const override { return refused_ ? &*refused_ : nullptr; }
  [[nodiscard]] std::string peer() const override { return peer_; }

  void set_idle(bool on) override { watchdog_->suspend(on); }
  void set_one_deadline(bool on) override {
    if (on) {
      watchdog_->arm(watchdog::wait::whole);
    } else {
      watchdog_->disarm(watchdog::wait::whole);
    }
  }
  void close() noexcept override {
    std::error_code ignored;
    names_.cancel();
    socket_.close(ignored);
  }

 private:
  // Our own reasons for closing come before what the socket says of it.
  [[nodiscard]] error reason(const std::error_code& problem, const char* doing) const {
    if (stop_.interrupted()) return error(errc::cancelled, doing);
    if (watchdog_->expired()) {
      const auto seconds = static_cast<double>(watchdog_->timeout().count()) / 1000;
      auto text = std::to_string(seconds);
      text.erase(text.find_last_not_of("0") + 1);
      if (text.back() == '.') text.pop_back();
      return error(errc::timed_out, std::string(doing) + ", after " + text + " s");
    }
    if (problem == asio::error::connection_refused) return error(errc::connection_refused, doing);
    const bool connected = !peer_.empty();
    return error(connected ? errc::connection_lost : errc::connection_failed,
                 std::string(doing) + ": " + problem.message());
  }

  tcp::socket socket_;
  name_lookup names_;
  std::unique_ptr<asio::ssl::context> context_;
  std::optional<tls_stream> tls_;
  std::optional<tls_facts> facts_;
  std::optional<tls_facts> refused_;
  std::shared_ptr<watchdog> watchdog_;
  interrupter& stop_;
  interrupter::registration registration_;
  std::string peer_;
};

asio::awaitable<result<void>> tcp_transport::open(const std::string& host, std::uint16_t port) {
  const auto where = with_port(host, port);
  if (stop_.interrupted()) co_return fail(errc::cancelled, "connecting to " + where);
  std::error_code problem;
  watchdog_->arm(watchdog::wait::reading);
  const auto found = co_await names_.resolve(host, std::to_string(port), problem);
  if (problem) {
    auto e = reason(problem, "looking up the host name");
    if (e.code == errc::connection_failed) e = error(errc::host_not_found, host + ": " + problem.message());
    co_return tl::unexpected(e);
  }
  const auto doing = "connecting to " + where;
  watchdog_->arm(watchdog::wait::reading);
  const auto endpoint = co_await net::connect(socket_, found, problem);
  watchdog_->disarm(watchdog::wait::reading);
  if (problem) co_return tl::unexpected(reason(problem, doing.c_str()));
  peer_ = with_port(endpoint.address().to_string(), endpoint.port());
  std::error_code ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
  co_return result<void>{};
}

asio::awaitable<result<std::size_t>> tcp_transport::read_some(std::span<char> into) {
  std::error_code problem;
  std::size_t got = 0;
  watchdog_->arm(watchdog::wait::reading);
  if (tls_) {
    got = co_await tls_->read_some(into, problem);
  } else {
    got = co_await receive_some(socket_, asio::buffer(into.data(), into.size()), problem);
  }
  watchdog_->disarm(watchdog::wait::reading);
  if (problem) co_return tl::unexpected(reason(problem, "waiting for the server's answer"));
  co_return got;
}

asio::awaitable<result<void>> tcp_transport::write(std::string_view octets) {
  std::error_code problem;
  while (!problem && !octets.empty()) {
    const auto piece = octets.substr(0, write_size);
    octets.remove_prefix(piece.size());
    watchdog_->arm(watchdog::wait::writing);
    if (tls_) {
      problem = co_await tls_->write(piece);
    } else {
      co_await send(socket_, asio::buffer(piece), problem);
    }
    watchdog_->disarm(watchdog::wait::writing);
  }
  if (problem) co_return tl::unexpected(reason(problem, "sending to the server"));
  co_return result<void>{};
}

asio::awaitable<result<void>> tcp_transport::start_tls(const tls_options& options) {
  auto context = make_tls_context(options);
  if (!context) co_return tl::unexpected(context.error());
  context_ = std::move(*context);
  tls_.emplace(socket_, context_->native_handle());
  if (auto ok = prepare(tls_->native_handle(), options); !ok) co_return ok;

  watchdog_->arm(watchdog::wait::reading);
  const auto problem = co_await tls_->handshake();
  watchdog_->disarm(watchdog::wait::reading);
  if (problem) {
    auto e = reason(problem, "TLS handshake");
    if (e.code == errc::connection_lost) e = verification_error(tls_->native_handle(), options, e.detail);
    if (options.fingerprint.empty()) refused_ = read_refused(tls_->native_handle());
    close();
    co_return tl::unexpected(e);
  }
  auto facts = read_facts(tls_->native_handle());
  if (facts && !options.fingerprint.empty() && facts->fingerprint != options.fingerprint) {
    refused_ = std::move(*facts);
    facts = fail(errc::fingerprint_mismatch, "the server's is " + refused_->fingerprint);
  }
  if (!facts) {
    close();
    co_return tl::unexpected(facts.error());
  }
  facts_ = std::move(*facts);
  co_return result<void>{};
}

}  // namespace

asio::awaitable<result<std::unique_ptr<transport>>> connect(std::string host, std::uint16_t port,
                                                            std::chrono::milliseconds timeout, interrupter& stop) {
  auto made = std::make_unique<tcp_transport>(co_await asio::this_coro::executor, timeout, stop);
  if (auto ok = co_await made->open(host, port); !ok) co_return tl::unexpected(ok.error());
  co_return result<std::unique_ptr<transport>>(std::move(made));
}

}  // namespace outmap::net
