// A clock that goes when the test says so.
#pragma once

#include <chrono>
#include <map>
#include <utility>

#include "session/clock.hpp"

namespace outmap::test {

/// What is due is called by advance_to_next(), one call at a time.
class simulated_clock final : public session::clock {
 public:
  [[nodiscard]] time_point now() const override { return now_; }
  [[nodiscard]] std::chrono::system_clock::time_point wall() const override {
    return std::chrono::system_clock::time_point(std::chrono::duration_cast<std::chrono::system_clock::duration>(
        std::chrono::hours(24 * 365 * 50) + now_.time_since_epoch() + ahead_));
  }
  call_id call_at(time_point when, std::function<void()> due) override {
    const auto id = static_cast<call_id>(++last_);
    calls_.emplace(std::pair(std::max(when, now_), last_), std::move(due));
    return id;
  }
  void forget(call_id which) noexcept override {
    for (auto at = calls_.begin(); at != calls_.end(); ++at) {
      if (at->first.second != static_cast<std::uint64_t>(which)) continue;
      calls_.erase(at);
      return;
    }
  }

  /// Goes to the next call, unless it is after `end`: then the clock goes there and the answer is false.
  bool advance_to_next(time_point end) {
    if (calls_.empty() || calls_.begin()->first.first > end) {
      now_ = std::max(now_, end);
      return false;
    }
    const auto next = calls_.begin();
    now_ = next->first.first;
    const auto due = std::move(next->second);
    calls_.erase(next);
    due();
    return true;
  }
  /// The machine sleeps: the wall clock goes on, the steady one does not.
  void sleep(std::chrono::seconds how_long) { ahead_ += how_long; }

 private:
  time_point now_ = time_point(std::chrono::hours(1));
  std::chrono::nanoseconds ahead_{0};
  std::map<std::pair<time_point, std::uint64_t>, std::function<void()>> calls_;
  std::uint64_t last_ = 0;
};

}  // namespace outmap::test
