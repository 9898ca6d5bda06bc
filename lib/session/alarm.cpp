#include "session/alarm.hpp"

#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

#include <optional>

namespace outmap::session {

asio::awaitable<void> alarm::wait_until(clock::time_point when) {
  std::optional<timed_call> due;
  if (when != clock::time_point::max()) due.emplace(time_, when, [this] { ring(); });
  std::error_code ignored;
  while (!ringing_) co_await rung_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  ringing_ = false;
}

void alarm::ring() {
  ringing_ = true;
  rung_.cancel();
}

}  // namespace outmap::session
