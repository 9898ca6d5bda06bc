#include "support/tried.hpp"

#include <atomic>
#include <filesystem>

#include "support/tried_line.hpp"

namespace outmap::test {
namespace {

std::atomic<std::uint64_t> points_of_case{0};

}  // namespace

void tried(std::uint64_t points) { points_of_case += points; }

void tried_listener::test_case_start(const doctest::TestCaseData& test) {
  suite_ = test.m_test_suite;
  points_of_case = 0;
}

void tried_listener::test_case_end(const doctest::CurrentTestCaseStats& end) {
  auto& row = rows_[suite_];
  row.points += points_of_case;
  row.failures += end.testCaseSuccess ? 0 : 1;
}

void tried_listener::test_run_end(const doctest::TestRunStats& /*unused*/) {
  const auto program = std::filesystem::path(options_.binary_name.c_str()).filename().string();
  for (const auto& [suite, row] : rows_) {
    print_tried(suite, row.points, row.failures, program + " -ts='" + suite + "'");
  }
}

}  // namespace outmap::test
