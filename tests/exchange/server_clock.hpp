// The time that the server's timers go by.
#pragma once

#include <atomic>
#include <chrono>

namespace outmap::exchange {

using time_point = std::chrono::steady_clock::time_point;

/// Runs with the steady clock and can be put forward, so that a test need not wait for a timer of 30 minutes.
/// Thread-safe. Who waits must be woken after advance() and look again.
class server_clock {
 public:
  [[nodiscard]] time_point now() const {
    return std::chrono::steady_clock::now() + std::chrono::milliseconds(ahead_.load());
  }
  void advance(std::chrono::milliseconds by) { ahead_ += by.count(); }

 private:
  std::atomic<std::chrono::milliseconds::rep> ahead_{0};
};

}  // namespace outmap::exchange
