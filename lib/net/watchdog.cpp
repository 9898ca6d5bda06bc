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

void watchdog::sleep() {
  const auto now = std::chrono::steady_clock::now();
  timer_.expires_at(std::min(deadline_, now + timeout_));
  timer_.async_wait([self = weak_from_this()](const std::error_code& problem) {
    const auto me = self.lock();
    if (!me || problem || !me->expired_) return;
    if (std::chrono::steady_clock::now() < me->deadline_) return me->sleep();
    me->fired_ = true;
    const auto expired = std::move(me->expired_);
    me->expired_ = nullptr;
    expired();
  });
}

}  // namespace outmap::net
