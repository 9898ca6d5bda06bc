// The thread of an app with an event loop: what a dispatcher needs.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>

#include "outmap/dispatcher.hpp"

namespace outmap::test {

/// The loop of the thread that calls run_until().
class app_thread {
 public:
  dispatcher to() {
    return [this](std::function<void()> what) {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(what));
      more_.notify_one();
    };
  }
  template <class Done>
  void run_until(Done done) {
    while (!done()) take_one()();
  }
  std::size_t waiting() {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }
  void run_all() {
    while (waiting() != 0) take_one()();
  }
  void wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    more_.wait(lock, [&] { return waiting_.size() >= count; });
  }

 private:
  std::function<void()> take_one() {
    std::unique_lock lock(mutex_);
    more_.wait(lock, [this] { return !waiting_.empty(); });
    auto first = std::move(waiting_.front());
    waiting_.pop_front();
    return first;
  }

  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<std::function<void()>> waiting_;
};

}  // namespace outmap::test
