// Which tests prove which row of the rule table. The list is made at build time: cmake/rule_tests.cmake.
#pragma once

#include <span>
#include <string_view>

namespace outmap::cli {

struct rule_test {
  std::string_view id;       ///< of a row of profile_rules()
  std::string_view file;     ///< relative to tests/
  std::string_view name;     ///< of the test case
  std::string_view subcase;  ///< empty: the whole test case
  bool proves = true;        ///< false: it shows that the auditor sees a breach, not that the rule is kept
};

/// In the order of files and of tests in them; a test that proves two rows stands here twice.
std::span<const rule_test> rule_tests() noexcept;

}  // namespace outmap::cli
