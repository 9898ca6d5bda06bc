// The record of a cache: its backups, and what its store looked like after each, in a file beside it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cache/run_entry.hpp"
#include "outmap/error.hpp"

namespace outmap::cache {

/// `<cache file>.runs`
std::filesystem::path runs_of(const std::filesystem::path& cache_file);

struct run_chain {
  std::vector<run_entry> entries;   ///< those that are well-formed, in their order
  std::vector<std::string> faults;  ///< printable: what of the file is not as it was written
  std::uint64_t whole_octets = 0;   ///< up to the end of the last whole line

  /// The last seal; nullptr: none.
  [[nodiscard]] const run_entry* last_seal() const;
  /// The last entry is a seal: nobody has opened the store for writing since.
  [[nodiscard]] bool is_sealed() const;
};

/// A file that is missing is an empty chain. Bounded: lines up to 1 MiB, 1000 faults. errc::file_error.
result<run_chain> read_runs(const std::filesystem::path& runs);

/// Under the lock of the store. Appends, durable when it returns, and cuts off what a crash left behind the last whole
/// line. Sets number, previous and sum. errc::file_error, disk_full.
result<void> append_run(const std::filesystem::path& runs, const run_chain& to, run_entry& what);

/// Under the lock of the store, before anything in it can change: where the chain ends with a seal, an opening_entry
/// follows.
result<void> note_opened(const std::filesystem::path& cache_file);

/// A new cache does not go on with the record of one that was removed: that is renamed to `<cache file>.runs.old`.
result<void> put_runs_aside(const std::filesystem::path& cache_file);

}  // namespace outmap::cache
