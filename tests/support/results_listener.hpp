// Keeps what became of each test case, for `outmap profile --results`.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "support/silent_reporter.hpp"

namespace outmap::test {

/// With OUTMAP_TEST_RESULTS set to a folder (made if it is not there), writes FOLDER/<program>.results anew: the line
/// "outmap-test-results 1", then a line a test case as it ends, "verdict TAB file TAB name": verdict is passed, failed
/// or skipped, file is relative to tests/. Without the variable it does nothing. A folder that cannot be written to is
/// said on standard error and fails nothing. Register it in the file that holds main():
/// `REGISTER_LISTENER("results", 1, outmap::test::results_listener);`
class results_listener final : public silent_reporter {
 public:
  explicit results_listener(const doctest::ContextOptions& options) : options_(options) {}
  ~results_listener() override;

  void test_run_start() override;
  void test_case_start(const doctest::TestCaseData& test) override { running_ = &test; }
  void test_case_end(const doctest::CurrentTestCaseStats& end) override;
  void test_case_skipped(const doctest::TestCaseData& test) override { record("skipped", test); }

 private:
  void record(std::string_view verdict, const doctest::TestCaseData& test);
  void write(const std::string& line) const;

  const doctest::ContextOptions& options_;
  const doctest::TestCaseData* running_ = nullptr;
  int file_ = -1;
  int process_ = 0;  ///< a child that a test forks records nothing
};

}  // namespace outmap::test
