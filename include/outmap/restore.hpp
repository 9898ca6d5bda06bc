// Mail out of a cache and back onto a server.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "outmap/account.hpp"
#include "outmap/error.hpp"
#include "outmap/visibility.hpp"

namespace outmap OUTMAP_PUBLIC {

struct restore_options {
  std::filesystem::path from;         ///< the cache; empty: config().cache. It may be another account's, or imported
  sync_options folders;               ///< which, by their names in the cache
  std::string into;                   ///< UTF-8: the folder below which all of it goes; empty: where it was
  std::optional<std::int64_t> since;  ///< only what was received then or later, Unix seconds
  bool expunged = false;              ///< also what the server expunged before, unless the cache holds it elsewhere
  bool dry_run = false;               ///< nothing is changed: `pending` says what would be
  /// To a folder of its own, where everything is fetched again and compared; then the folder is removed.
  bool rehearse = false;
};

/// A message that the server did not take, or a folder that it did not make.
struct refusal {
  std::string folder;  ///< decoded name in the cache; hostile
  uid which{0};        ///< in the cache; 0: the folder itself
  error why;
};

struct restore_report {
  static constexpr std::size_t most_refusals = 1000;

  std::uint64_t folders = 0;
  std::uint64_t folders_created = 0;  ///< dry run: to be created
  std::uint64_t appended = 0;
  std::uint64_t octets = 0;   ///< of them
  std::uint64_t there = 0;    ///< were on the server already
  std::uint64_t pending = 0;  ///< dry run: messages that would be appended
  std::uint64_t recoded = 0;  ///< appended in a 7-bit transfer encoding (OIMAP-V0013): other octets, the same text
  std::uint64_t keywords_lost = 0;  ///< appended without their keywords, which are never sent (OIMAP-V0005)
  std::uint64_t without_body = 0;   ///< the cache holds no body
  std::uint64_t refused = 0;
  std::vector<refusal> refusals;  ///< the first ones
  // Of a rehearsal.
  std::uint64_t compared = 0;
  std::uint64_t rewritten = 0;   ///< other octets, the same text: Exchange makes MIME anew (NTLM-PB9)
  std::uint64_t mismatches = 0;  ///< named among the refusals
  std::string rehearsed_in;      ///< the folder, if it could not be removed; UTF-8
  double seconds = 0;
  /// Set when not all was done: incomplete where messages were refused, verification_failed for a rehearsal with
  /// mismatches.
  std::optional<error> failure;
};

/// account::restore() makes the folders that are missing, looks at what each folder holds, and appends what is missing,
/// with its flags and INTERNALDATE. What is there is known by the fields of its header and its date, and where these
/// leave room for doubt by its text; so a restore that is run again, or goes on after a crash, puts nothing there
/// twice. A connection that is lost is opened again, and the folder is looked at again before anything is appended. A
/// message that the server refuses (too large, a date it does not like, no room) is named and counted, and the rest is
/// restored. The error is for a run that could not begin.

}  // namespace OUTMAP_PUBLIC
