// How long to leave a server alone that did not let us in.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>

#include "session/clock.hpp"

namespace outmap::session {

/// Doubles from `shortest` to `longest`; each wait is drawn from its upper half, so that clients that were cut off
/// together do not come back together. Pure: time and randomness are given.
class back_off {
 public:
  using random_source = std::function<void(std::span<unsigned char>)>;

  static constexpr std::chrono::milliseconds shortest{1000};
  static constexpr std::chrono::milliseconds longest = std::chrono::minutes(5);
  /// A connection that lasted so long begins the series anew.
  static constexpr std::chrono::milliseconds stable = std::chrono::minutes(1);
  /// Most that a server's own wish counts.
  static constexpr std::chrono::milliseconds longest_wish = std::chrono::hours(1);

  explicit back_off(random_source random) : random_(std::move(random)) {}

  void connected(clock::time_point now) {
    since_ = now;
    connected_ = true;
  }
  /// The next wait. `wish` is what the server asked for (0: nothing): never less than that.
  std::chrono::milliseconds next(clock::time_point now, std::chrono::milliseconds wish);
  void reset() { failures_ = 0; }

 private:
  random_source random_;
  clock::time_point since_{};
  bool connected_ = false;
  unsigned failures_ = 0;
};

}  // namespace outmap::session
