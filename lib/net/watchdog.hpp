// A deadline that costs nothing while things move.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>

namespace outmap::net {

/// Armed before each wait and disarmed after it. One timer runs in the background and looks at the deadline when it
/// wakes, so arming is an assignment. Belongs to one executor.
class watchdog : public std::enable_shared_from_this<watchdog> {
 public:
  watchdog(asio::any_io_executor on, std::chrono::milliseconds timeout) : timer_(std::move(on)), timeout_(timeout) {}

  /// Calls `expired` at most once.
  void start(std::function<void()> expired);
  void stop();
  void arm() {
    armed_ = true;
    set_deadline();
  }
  void disarm() {
    armed_ = false;
    set_deadline();
  }
  /// While suspended nothing expires; going on starts the deadline of an armed wait anew.
  void suspend(bool on) {
    suspended_ = on;
    set_deadline();
  }
  [[nodiscard]] bool expired() const { return fired_; }
  [[nodiscard]] std::chrono::milliseconds timeout() const { return timeout_; }

 private:
  void sleep();
  void set_deadline() {
    using clock = std::chrono::steady_clock;
    deadline_ = armed_ && !suspended_ ? clock::now() + timeout_ : clock::time_point::max();
  }

  asio::steady_timer timer_;
  std::chrono::milliseconds timeout_;
  std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
  std::function<void()> expired_;
  bool armed_ = false;
  bool suspended_ = false;
  bool fired_ = false;
};

}  // namespace outmap::net
