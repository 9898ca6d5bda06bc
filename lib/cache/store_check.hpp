// Is a store what was stored?
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "outmap/error.hpp"
#include "outmap/types.hpp"

namespace outmap::cache {

/// A file, or a message in it, that is not as it was stored. The mailbox is empty where no message can be named.
struct store_fault {
  std::string what;  ///< names the file, and where it can the octets
  mailbox_name mailbox;
  outmap::uid uid{0};
};

struct store_check_report {
  std::uint64_t messages = 0;
  std::uint64_t headers = 0;  ///< stored by themselves, each held against its digest
  std::uint64_t bodies = 0;   ///< the same
  std::uint64_t octets = 0;   ///< of mail
  std::uint64_t seals = 0;
  std::int64_t sealed_at = 0;         ///< of the last seal; 0: never sealed
  std::string seal;                   ///< the last sum of the chain, hexadecimal
  bool changed_since_sealed = false;  ///< by a later run of outmap: the database is held against its content alone
  std::uint64_t fault_count = 0;
  std::vector<store_fault> faults;  ///< the first `most_faults`
};

constexpr std::size_t most_faults = 1000;

/// Holds every octet of the database and of the segments against the last seals, every header and body against its
/// digest, every reference against what it refers to, and the database against SQLite's own check. What is found stands
/// in the report; the error is for a check that could not be made: cache_unavailable (no such file, no permission),
/// cache_newer, cache_foreign where the store was never sealed, cancelled. A store that is sealed is locked meanwhile:
/// cache_locked where a writer is about to open it. Reads; changes nothing. `step` is told of
/// octets as they are read and gives false to stop.
result<store_check_report> check_store(const std::filesystem::path& file,
                                       const std::function<bool(std::uint64_t)>& step);

}  // namespace outmap::cache
