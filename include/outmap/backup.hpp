// Backups that leave a record and can be proved.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "outmap/account.hpp"
#include "outmap/error.hpp"
#include "outmap/report.hpp"
#include "outmap/visibility.hpp"

namespace outmap OUTMAP_PUBLIC {

struct backup_options {
  sync_options what;
  /// How long to wait for another run that holds the cache; 0: errc::cache_locked at once.
  std::chrono::milliseconds lock_wait{0};
};

/// One run, as it is recorded beside the cache.
struct backup_run {
  std::int64_t started_at = 0;  ///< Unix seconds
  std::int64_t ended_at = 0;
  std::string server;   ///< host:port
  std::string outcome;  ///< "complete", "partial", "interrupted" or "failed"
  std::string problem;  ///< one line, printable; empty: nothing went wrong
  std::uint64_t folders = 0;
  std::uint64_t failed_folders = 0;
  std::uint64_t added = 0;
  std::uint64_t flags_changed = 0;
  std::uint64_t vanished = 0;
  std::uint64_t bodies = 0;  ///< fetched
  std::uint64_t body_octets = 0;
  std::uint64_t octets_read = 0;  ///< from the wire
  std::uint64_t quarantined = 0;  ///< messages that the server could not deliver
  // What the cache held when the run ended.
  std::uint64_t held_messages = 0;
  std::uint64_t held_octets = 0;
  std::uint64_t held_expunged = 0;
};

struct backup_report {
  sync_report sync;  ///< sync.failure: what the run could not do
  backup_run run;
  /// The last sum of the chain of digests over the store, hexadecimal. Whoever keeps it elsewhere can tell later
  /// whether anything in the store was changed (verify.hpp). Empty if the store could not be sealed; `unsealed` says
  /// why.
  std::string seal;
  std::optional<error> unsealed;
};

/// account::backup() is a sync in which the encoder refuses every command that would change the server (mailboxes are
/// opened by SELECT: the profile has no EXAMINE) and the outbox stays where it is. However it ends, a backup_run is
/// recorded in `<cache>.runs`, which belongs to the cache from then on; then the store is sealed: every octet of it is
/// in a chain of SHA-256 digests there, and so is every run. The error is for a run that could not begin; it is
/// recorded too, unless the cache itself is the reason. A dry run (sync_options::dry_run) records nothing and seals
/// nothing: backup_report::sync alone is filled in.

/// Oldest first, the last `most`; those lines of the record that are not as they were written are left out
/// (verify_store() names them). errc::cache_unavailable, file_error; where there are none also those of store::open().
result<std::vector<backup_run>> backup_runs(const std::filesystem::path& cache, std::size_t most = SIZE_MAX);

}  // namespace OUTMAP_PUBLIC
