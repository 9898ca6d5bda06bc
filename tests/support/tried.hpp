// What a fault program tried, a line a test suite at its end.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <map>
#include <string>

#include "support/silent_reporter.hpp"

namespace outmap::test {

/// So many points more were tried by the running test case. From any thread.
void tried(std::uint64_t points = 1);

/// Prints the line of tried_line.hpp for each test suite of which a case ran. The points are those of tried(), a failure
/// is a test case. Register it in the file that holds main(): `REGISTER_LISTENER("tried", 2, outmap::test::tried_listener);`
class tried_listener final : public silent_reporter {
 public:
  explicit tried_listener(const doctest::ContextOptions& options) : options_(options) {}

  void test_case_start(const doctest::TestCaseData& test) override;
  void test_case_end(const doctest::CurrentTestCaseStats& end) override;
  void test_run_end(const doctest::TestRunStats& run) override;

 private:
  struct row {
    std::uint64_t points = 0;
    std::uint64_t failures = 0;
  };

  const doctest::ContextOptions& options_;
  std::map<std::string, row> rows_;
  std::string suite_;
};

}  // namespace outmap::test
