#include "bench/delay_proxy.hpp"

#include <asio.hpp>
#include <atomic>
#include <deque>
#include <thread>
#include <vector>

namespace outmap::bench {
namespace {

using asio::ip::tcp;
using clock = std::chrono::steady_clock;

constexpr std::size_t most_under_way = std::size_t{64} << 20;
constexpr std::size_t read_size = std::size_t{128} << 10;
constexpr std::size_t most_buffers_a_write = 16;

// One direction of one connection. `reader` and `writer` are two coroutines on one thread; the timer is how each wakes
// the other.
class direction : public std::enable_shared_from_this<direction> {
 public:
  direction(std::shared_ptr<tcp::socket> from, std::shared_ptr<tcp::socket> to, clock::duration one_way,
            clock::time_point not_before)
      : from_(std::move(from)),
        to_(std::move(to)),
        one_way_(one_way),
        not_before_(not_before),
        arrived_(from_->get_executor()),
        room_(from_->get_executor()) {}

  void start() {
    const auto executor = from_->get_executor();
    asio::co_spawn(
        executor, [self = shared_from_this()] { return self->read(); }, asio::detached);
    asio::co_spawn(
        executor, [self = shared_from_this()] { return self->write(); }, asio::detached);
  }

 private:
  struct piece {
    clock::time_point due;
    std::vector<char> octets;  // empty: the end
  };

  static asio::awaitable<void> sleep_until(asio::steady_timer& timer, clock::time_point when) {
    timer.expires_at(when);
    asio::error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }

  asio::awaitable<void> read() {
    std::vector<char> buffer(read_size);
    for (;;) {
      asio::error_code problem;
      auto got =
          co_await from_->async_read_some(asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, problem));
      if (problem) got = 0;
      under_way_ += got;
      const auto end = buffer.begin() + static_cast<std::ptrdiff_t>(got);
      pieces_.push_back({std::max(clock::now(), not_before_) + one_way_, std::vector<char>(buffer.begin(), end)});
      arrived_.cancel();
      if (problem) co_return;
      while (under_way_ > most_under_way && !broken_) co_await sleep_until(room_, clock::time_point::max());
      if (broken_) co_return;
    }
  }

  asio::awaitable<void> write() {
    for (;;) {
      while (pieces_.empty()) co_await sleep_until(arrived_, clock::time_point::max());
      if (clock::now() < pieces_.front().due) {
        asio::steady_timer timer(from_->get_executor());
        co_await sleep_until(timer, pieces_.front().due);
      }
      std::vector<piece> ready;
      const auto now = clock::now();
      while (!pieces_.empty() && pieces_.front().due <= now && ready.size() < most_buffers_a_write) {
        ready.push_back(std::move(pieces_.front()));
        pieces_.pop_front();
      }
      std::vector<asio::const_buffer> buffers;
      std::size_t octets = 0;
      for (const auto& p : ready) {
        buffers.push_back(asio::buffer(p.octets));
        octets += p.octets.size();
      }
      asio::error_code problem;
      co_await asio::async_write(*to_, buffers, asio::redirect_error(asio::use_awaitable, problem));
      under_way_ -= octets;
      room_.cancel();
      const bool at_end = !ready.empty() && ready.back().octets.empty();
      if (!problem && !at_end) continue;
      asio::error_code ignored;
      to_->shutdown(tcp::socket::shutdown_send, ignored);
      if (problem) {
        // Nobody takes these octets any more; the other side learns it as it would from a reset.
        broken_ = true;
        from_->close(ignored);
        room_.cancel();
      }
      co_return;
    }
  }

  std::shared_ptr<tcp::socket> from_;
  std::shared_ptr<tcp::socket> to_;
  clock::duration one_way_;
  clock::time_point not_before_;
  asio::steady_timer arrived_;
  asio::steady_timer room_;
  std::deque<piece> pieces_;
  std::size_t under_way_ = 0;
  bool broken_ = false;
};

}  // namespace

struct delay_proxy::impl {
  impl(std::uint16_t listen, const std::string& host, std::uint16_t port, std::chrono::microseconds delay)
      : one_way(delay), acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), listen)) {
    tcp::resolver resolver(context);
    target = *resolver.resolve(tcp::v4(), host, std::to_string(port)).begin();
    asio::co_spawn(context, accept(), asio::detached);
    thread = std::thread([this] { context.run(); });
  }

  asio::awaitable<void> accept() {
    for (;;) {
      asio::error_code problem;
      auto client = std::make_shared<tcp::socket>(context);
      co_await acceptor.async_accept(*client, asio::redirect_error(asio::use_awaitable, problem));
      if (problem == asio::error::operation_aborted) co_return;
      if (problem) continue;
      ++accepted;
      asio::co_spawn(context, join(client, clock::now()), asio::detached);
    }
  }

  asio::awaitable<void> join(std::shared_ptr<tcp::socket> client, clock::time_point opened) {
    auto server = std::make_shared<tcp::socket>(context);
    asio::error_code problem;
    co_await server->async_connect(target, asio::redirect_error(asio::use_awaitable, problem));
    if (problem) co_return;
    const tcp::no_delay at_once(true);
    client->set_option(at_once, problem);
    server->set_option(at_once, problem);
    std::make_shared<direction>(client, server, one_way, opened + 2 * one_way)->start();
    std::make_shared<direction>(server, client, one_way, opened + 3 * one_way)->start();
  }

  const std::chrono::microseconds one_way;
  asio::io_context context{1};
  tcp::acceptor acceptor;
  tcp::endpoint target;
  std::atomic<std::uint64_t> accepted = 0;
  std::thread thread;
};

delay_proxy::delay_proxy(std::uint16_t listen, const std::string& host, std::uint16_t port,
                         std::chrono::microseconds one_way)
    : impl_(std::make_unique<impl>(listen, host, port, one_way)) {}

delay_proxy::~delay_proxy() {
  impl_->context.stop();
  impl_->thread.join();
}

std::uint16_t delay_proxy::port() const { return impl_->acceptor.local_endpoint().port(); }
std::uint64_t delay_proxy::connections() const { return impl_->accepted; }

}  // namespace outmap::bench
