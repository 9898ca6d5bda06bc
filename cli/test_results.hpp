// What became of each test in the last run, from the files that the test programs leave.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "outmap/error.hpp"

namespace outmap::cli {

/// In the order in which one counts more than another where a test case ran in several programs.
enum class verdict { skipped, passed, failed };

std::string_view name_of(verdict v) noexcept;

class test_results {
 public:
  /// `folder` holds <program>.results: the line "outmap-test-results 1", then lines "verdict TAB file TAB name",
  /// verdict being passed, failed or skipped. Other files are passed over. Bounds: 1,000 files, 1 MiB a file, 4,096
  /// octets a line. Errors: file_error (not readable, or there is no such file), config_invalid (names file and line).
  static result<test_results> read(const std::filesystem::path& folder);

  /// Nothing: the test case was not run, or was cut off before its end.
  [[nodiscard]] std::optional<verdict> of(std::string_view file, std::string_view test_case) const;
  [[nodiscard]] std::size_t size() const { return verdicts_.size(); }

 private:
  result<void> add_file(const std::filesystem::path& file);
  result<void> add_line(std::string_view line);

  std::map<std::string, verdict, std::less<>> verdicts_;  ///< by file, TAB, name
};

}  // namespace outmap::cli
