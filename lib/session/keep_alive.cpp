#include "session/keep_alive.hpp"

#include <algorithm>

namespace outmap::session {

asio::awaitable<result<void>> keep_alive::pause(clock::time_point until) {
  const bool idles = how_.may_idle && !refused_ && on_.talk().known().has("IDLE");
  const auto interval = idles ? how_.noop_interval : std::min(how_.poll_interval, how_.noop_interval);
  until = std::min(until, time_.now() + interval);
  if (!idles) {
    co_await alarm_.wait_until(until);
    co_return result<void>{};
  }
  ++idles_;
  auto ended = co_await on_.idle(alarm_, until);
  if (!ended && !is_refusal(ended.error())) co_return ended;
  // Listed and refused, or ended by the server itself: then it is polled.
  refused_ = refused_ || !ended || (!stopped_ && time_.now() < until);
  co_return result<void>{};
}

asio::awaitable<result<void>> keep_alive::run(clock::time_point until) {
  while (!stopped_ && time_.now() < until) {
    if (auto ok = co_await pause(until); !ok) co_return ok;
    if (stopped_ || time_.now() >= until) break;
    ++noops_;
    const profile::command noop = profile::noop_command{};
    auto done = co_await on_.execute(noop);
    if (!done && !is_refusal(done.error())) co_return tl::unexpected(done.error());
  }
  stopped_ = false;
  alarm_.clear();
  co_return result<void>{};
}

void keep_alive::stop() {
  stopped_ = true;
  alarm_.ring();
}

}  // namespace outmap::session
