// An observer for runs that go on at the same time.
#pragma once

#include <mutex>

#include "outmap/observer.hpp"

namespace outmap::cli {

/// Passes on to `to` what a run tells, one call at a time with all others that hold the same mutex.
class shared_observer final : public observer {
 public:
  shared_observer(observer& to, std::mutex& one_at_a_time) : to_(to), mutex_(one_at_a_time) {}

  void on_alert(std::string_view text) noexcept override {
    pass([&] { to_.on_alert(text); });
  }
  void on_login_step(const login_step& step) noexcept override {
    pass([&] { to_.on_login_step(step); });
  }
  void on_folder_started(std::string_view name) noexcept override {
    pass([&] { to_.on_folder_started(name); });
  }
  void on_folder_done(const folder_report& folder) noexcept override {
    pass([&] { to_.on_folder_done(folder); });
  }
  void on_progress(const progress& now) noexcept override {
    pass([&] { to_.on_progress(now); });
  }
  void on_throttled(std::chrono::milliseconds pause) noexcept override {
    pass([&] { to_.on_throttled(pause); });
  }
  void on_warning(const error& why) noexcept override {
    pass([&] { to_.on_warning(why); });
  }

 private:
  template <class F>
  void pass(F&& call) {
    const std::lock_guard lock(mutex_);
    call();
  }

  observer& to_;
  std::mutex& mutex_;
};

}  // namespace outmap::cli
