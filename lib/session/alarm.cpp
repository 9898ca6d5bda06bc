#include "session/alarm.hpp"


#include <optional>

#include "net/operations.hpp"

namespace outmap::session {

asio::awaitable<void> alarm::wait_until(clock::time_point when) {
  std::optional<timed_call> due;
  if (when != clock::time_point::max()) due.emplace(time_, when, [this] { ring(); });
  while (!ringing_) co_await net::wait(rung_);
  ringing_ = false;
}

void alarm::ring() {
  ringing_ = true;
  rung_.cancel();
}

}  // namespace outmap::session
