// An account, its cache, and dry runs that are checked to touch neither.
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "double/archive_fixture.hpp"

namespace outmap::test {

namespace fs = std::filesystem;

/// Octets and time of change of every file, and every folder; but not what SQLite puts beside a database for who reads
/// it: its index in shared memory, and a log that nothing was written to.
using held_files = std::map<std::string, std::pair<std::string, fs::file_time_type>>;
held_files all_below(const fs::path& folder);
/// Names with what happened to them: - gone, + new, ! other octets, ~ the same octets written again.
std::string differing(const held_files& before, const held_files& after);

struct dry_fixture : archive_fixture {
  /// Checks that nothing was touched, whatever came of it.
  result<sync_report> try_dry(sync_options how = {});
  /// One that could begin.
  sync_report dry(const sync_options& how = {});
  [[nodiscard]] bool pending(const sync_options& how = {}) { return dry(how).forecast->pending; }
  void fill_inbox(unsigned count);
  /// Expunged messages that the cache keeps.
  [[nodiscard]] std::uint64_t expunged_held() const;
  unsigned seed = 2000;
};

std::string failure_of(const std::optional<error>& e);
const folder_report& report_of(const sync_report& report, const std::string& name);
/// Everything that was foretold has come, and nothing else.
void check_came_true(const sync_report& foretold, const sync_report& done);

}  // namespace outmap::test
