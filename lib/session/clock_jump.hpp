// Whether the machine has slept.
#pragma once

#include <chrono>
#include <utility>

#include "session/clock.hpp"

namespace outmap::session {

/// Holds the wall clock against the steady one. A jump means that the machine was suspended or that somebody set the
/// clock; in both cases a connection may be dead without anybody having said so. Pure.
class clock_jump {
 public:
  /// More than the two clocks drift apart between two looks.
  static constexpr std::chrono::seconds tolerance{5};

  explicit clock_jump(const clock& time) : time_(time), offset_(offset()) {}

  /// True once for each jump. A look that comes `late` after it was due counts, too: some steady clocks go on while
  /// the machine sleeps.
  bool seen(clock::duration late) {
    const auto before = std::exchange(offset_, offset());
    const auto moved = offset_ > before ? offset_ - before : before - offset_;
    return moved > tolerance || late > 2 * tolerance;
  }

 private:
  using difference = std::chrono::nanoseconds;
  [[nodiscard]] difference offset() const {
    return std::chrono::duration_cast<difference>(time_.wall().time_since_epoch()) -
           std::chrono::duration_cast<difference>(time_.now().time_since_epoch());
  }

  const clock& time_;
  difference offset_;
};

}  // namespace outmap::session
