// A deadline that costs nothing while things move.
#pragma once

#include <array>
#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>

namespace outmap::net {

/// Armed before each wait and disarmed after it; a read and a write have deadlines of their own. One timer runs in the
/// background and looks at them when it wakes, so arming is an assignment. Belongs to one executor.
class watchdog : public std::enable_shared_from_this<watchdog> {
 public:
  /// `whole`: for all reads and writes together, which cannot put it off.
  enum class wait { reading, writing, whole };

  watchdog(asio::any_io_executor on, std::chrono::milliseconds timeout) : timer_(std::move(on)), timeout_(timeout) {}

  /// Calls `expired` at most once.
  void start(std::function<void()> expired);
  void stop();
  void arm(wait which);
  /// The end of a write starts the deadline of a pending read anew: what that read waits for may have been asked for
  /// only now.
  void disarm(wait which);
  /// While suspended nothing expires; going on starts the deadlines of armed waits anew.
  void suspend(bool on);
  [[nodiscard]] bool expired() const { return fired_; }
  [[nodiscard]] std::chrono::milliseconds timeout() const { return timeout_; }

 private:
  using clock = std::chrono::steady_clock;
  static constexpr auto never = clock::time_point::max();

  void sleep();
  [[nodiscard]] clock::time_point deadline() const;

  asio::steady_timer timer_;
  std::chrono::milliseconds timeout_;
  std::array<clock::time_point, 3> deadlines_ = {never, never, never};
  std::function<void()> expired_;
  bool suspended_ = false;
  bool fired_ = false;
};

}  // namespace outmap::net
