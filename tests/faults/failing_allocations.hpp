// Allocations of some threads, counted, and one of them refused.
#pragma once

#include <cstdint>

namespace outmap::test {

/// While it exists, the allocations (operator new, SQLite's) of the thread that made it, and of threads that this thread
/// starts and those that these start, are counted; the one with that number fails. One at a time in a program, which
/// must not have used SQLite before the first.
class allocations_counted {
 public:
  explicit allocations_counted(std::uint64_t failing);
  ~allocations_counted();
  allocations_counted(const allocations_counted&) = delete;
  allocations_counted& operator=(const allocations_counted&) = delete;

  [[nodiscard]] std::uint64_t seen() const;
  /// Whether one has failed.
  [[nodiscard]] bool struck() const;
};

}  // namespace outmap::test
