// What a program has tried, counted, and told in one line at its end.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

#include "support/tried_line.hpp"

namespace outmap::test {

/// A static object of a test program: its end is the program's. Thread-safe.
class tally {
 public:
  /// `rerun` is a command that tries everything.
  tally(std::string what, std::string rerun) : what_(std::move(what)), rerun_(std::move(rerun)) {}
  ~tally() {
    // Asked for a list of its tests, a program has tried nothing.
    if (points_ == 0) return;
    print_tried(what_, points_, failures_, rerun_);
  }
  tally(const tally&) = delete;
  tally& operator=(const tally&) = delete;

  /// One point was tried; `failure` says what was wrong, empty: nothing.
  void point(const std::string& failure) {
    const std::lock_guard hold(mutex_);
    ++points_;
    if (failure.empty()) return;
    ++failures_;
    FAIL_CHECK(failure);
  }
  [[nodiscard]] std::uint64_t points() const { return points_; }

 private:
  std::string what_;
  std::string rerun_;
  std::mutex mutex_;
  std::uint64_t points_ = 0;
  std::uint64_t failures_ = 0;
};

}  // namespace outmap::test
