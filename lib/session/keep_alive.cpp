#include "session/keep_alive.hpp"

#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>

namespace outmap::session {
asio::awaitable<result<void>> keep_alive::run() {
  bool idles = on_.talk().known().has("IDLE");
  while (!stopped_) {
    timer_.expires_after(idles ? how_.noop_interval : std::min(how_.poll_interval, how_.noop_interval));
    if (idles) {
      auto ended = co_await on_.idle(timer_);
      if (!ended && !is_refusal(ended.error())) co_return ended;
      // Listed and refused: then it is polled.
      if (!ended) idles = false;
    } else {
      std::error_code ignored;
      co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    if (stopped_) break;
    const profile::command noop = profile::noop_command{};
    auto done = co_await on_.execute(noop);
    if (!done && !is_refusal(done.error())) co_return tl::unexpected(done.error());
  }
  co_return result<void>{};
}

void keep_alive::stop() {
  stopped_ = true;
  timer_.cancel();
}

}  // namespace outmap::session
