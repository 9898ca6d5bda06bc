// What stands on the disk of a cache, to be held against itself.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>

#include "support/temp_dir.hpp"

namespace outmap::test {

/// Every file of a folder and what is in it, but for what SQLite puts beside a database for who reads it: its index in
/// shared memory, and a log that nothing was written to.
inline std::map<std::string, std::string> octets_below(const std::filesystem::path& folder) {
  std::map<std::string, std::string> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const auto name = entry.path().lexically_relative(folder).string();
    if (!entry.is_regular_file() || name.ends_with("-shm")) continue;
    auto octets = read_file(entry.path());
    if (!octets.empty() || !name.ends_with("-wal")) out.emplace(name, std::move(octets));
  }
  return out;
}

}  // namespace outmap::test
