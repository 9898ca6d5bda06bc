// Time as long-lived work sees it, so that a test can let a day pass in a second.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>

namespace outmap::session {

/// Belongs to one executor.
class clock {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::steady_clock::duration;
  enum class call_id : std::uint64_t { none = 0 };

  virtual ~clock() = default;
  /// Never goes back; need not go on while the machine sleeps.
  [[nodiscard]] virtual time_point now() const = 0;
  /// What people call the time: it goes on while the machine sleeps, and it can be set.
  [[nodiscard]] virtual std::chrono::system_clock::time_point wall() const = 0;
  /// Calls `due` once, at `when` or soon after it, on the executor and never from inside this function.
  virtual call_id call_at(time_point when, std::function<void()> due) = 0;
  /// It will not be called any more; harmless when it has been.
  virtual void forget(call_id which) noexcept = 0;
};

/// The machine's own.
class machine_clock final : public clock {
 public:
  explicit machine_clock(asio::any_io_executor on) : on_(std::move(on)) {}

  [[nodiscard]] time_point now() const override { return std::chrono::steady_clock::now(); }
  [[nodiscard]] std::chrono::system_clock::time_point wall() const override { return std::chrono::system_clock::now(); }
  call_id call_at(time_point when, std::function<void()> due) override;
  void forget(call_id which) noexcept override { timers_->erase(which); }

 private:
  using timers = std::map<call_id, asio::steady_timer>;

  asio::any_io_executor on_;
  std::shared_ptr<timers> timers_ = std::make_shared<timers>();
  std::uint64_t last_ = 0;
};

/// A call that is forgotten with its owner.
class timed_call {
 public:
  timed_call(clock& time, clock::time_point when, std::function<void()> due)
      : time_(time), id_(time.call_at(when, std::move(due))) {}
  ~timed_call() { time_.forget(id_); }
  timed_call(const timed_call&) = delete;
  timed_call& operator=(const timed_call&) = delete;

 private:
  clock& time_;
  clock::call_id id_;
};

}  // namespace outmap::session
