#include "net/watchdog.hpp"

#include <algorithm>

namespace outmap::net {

void watchdog::start(std::function<void()> expired) {
  expired_ = std::move(expired);
  sleep();
}

void watchdog::stop() {
  expired_ = nullptr;
  timer_.cancel();
}

void watchdog::arm(wait which) { deadlines_[static_cast<std::size_t>(which)] = clock::now() + timeout_; }

void watchdog::disarm(wait which) {
  deadlines_[static_cast<std::size_t>(which)] = never;
  auto& reading = deadlines_[static_cast<std::size_t>(wait::reading)];
  if (reading != never) reading = clock::now() + timeout_;
}

void watchdog::suspend(bool on) {
  suspended_ = on;
  for (auto& deadline : deadlines_) {
    if (deadline != never) deadline = clock::now() + timeout_;
  }
}

watchdog::clock::time_point watchdog::deadline() const {
  return suspended_ ? never : *std::min_element(deadlines_.begin(), deadlines_.end());
}

void watchdog::sleep() {
  timer_.expires_at(std::min(deadline(), clock::now() + timeout_));
  timer_.async_wait([self = weak_from_this()](const std::error_code& problem) {
    const auto me = self.lock();
    if (!me || problem || !me->expired_) return;
    if (clock::now() < me->deadline()) return me->sleep();
    me->fired_ = true;
    const auto expired = std::move(me->expired_);
    me->expired_ = nullptr;
    expired();
  });
}

}  // namespace outmap::net
