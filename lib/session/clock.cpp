#include "session/clock.hpp"

#include <utility>

namespace outmap::session {

clock::call_id machine_clock::call_at(time_point when, std::function<void()> due) {
  const auto id = static_cast<call_id>(++last_);
  auto& timer = timers_->emplace(id, asio::steady_timer(on_, when)).first->second;
  timer.async_wait([left = std::weak_ptr(timers_), id, due = std::move(due)](const std::error_code& problem) {
    // What was forgotten, or lost its clock, after it was due is on its way here all the same.
    const auto known = left.lock();
    if (!problem && known && known->erase(id) != 0) due();
  });
  return id;
}

}  // namespace outmap::session
