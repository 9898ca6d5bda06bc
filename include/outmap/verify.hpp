// Is what was stored still there, and is it what the server has?
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "outmap/account.hpp"
#include "outmap/error.hpp"
#include "outmap/types.hpp"
#include "outmap/visibility.hpp"

namespace outmap OUTMAP_PUBLIC {

enum class finding_kind {
  damaged,            ///< an octet, a row or a file of the store is not as it was stored
  uid_validity,       ///< the server has given the folder another UIDVALIDITY: its UIDs say nothing any more
  folder_missing,     ///< the server does not open the folder
  missing_on_server,  ///< a message of the cache
  missing_in_cache,   ///< a message of the server, not newer than the newest of the cache
  flags_differ,
  content_differs,  ///< the server gives other octets, and they stand for another text
  rewritten,        ///< explained: other octets, the same text; Exchange makes MIME anew at each retrieval (NTLM-PB9)
  not_delivered,    ///< the server lists the message and does not give it
};

/// Whether it is explained, and so no mismatch.
[[nodiscard]] constexpr bool is_explained(finding_kind kind) { return kind == finding_kind::rewritten; }

struct finding {
  finding_kind kind = finding_kind::damaged;
  std::string folder;  ///< decoded, hostile; empty where none can be named
  uid which{0};        ///< 0: no single message
  std::string what;    ///< one line, printable
};

struct verify_options {
  sync_options folders;
  bool content = false;  ///< also fetch messages again and compare their octets
  double sample = 1.0;   ///< content: which share of them, over 0, up to 1; at random, one of each folder at least
};

struct verify_report {
  static constexpr std::size_t most_findings = 1000;

  std::uint64_t folders = 0;
  std::uint64_t messages = 0;  ///< of the cache, looked at
  std::uint64_t bodies = 0;    ///< held against their digests or fetched again
  std::uint64_t octets = 0;    ///< of them
  std::uint64_t same = 0;      ///< content: octet for octet
  std::uint64_t rewritten = 0;
  std::uint64_t newer = 0;  ///< messages of the server that came after the last run: no mismatch
  std::uint64_t mismatches = 0;
  std::vector<finding> findings;  ///< the first ones, explained ones too
  // Of the store.
  std::uint64_t seals = 0;
  std::int64_t sealed_at = 0;  ///< Unix seconds; 0: no backup has sealed it
  std::string seal;            ///< as in backup_report
  bool changed_since_sealed =
      false;  ///< a sync or a change came after it: the database is held against its content alone
  double seconds = 0;
  /// Set when the work ended early: verification_failed and uid_validity_changed stand for what was found.
  std::optional<error> failure;
};

/// The store by itself, without network: every octet against the last seals, every header and body against its digest,
/// every reference, SQLite's own check. `stop` may be set from any thread; `step` is told how many octets were read.
/// The error is for a check that could not be made (cache_unavailable, cache_newer, …, cancelled).
result<verify_report> verify_store(const std::filesystem::path& cache, const std::atomic<bool>& stop,
                                   const std::function<void(std::uint64_t octets)>& step = {});

/// account::verify() lists each folder of the cache on the server, and compares UIDs and flags; with `content` it
/// fetches messages again. The encoder refuses what would change the server, and the cache stays as it is.

}  // namespace OUTMAP_PUBLIC
