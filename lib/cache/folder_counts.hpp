// How many messages and bodies each folder has.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "cache/database.hpp"
#include "cache/records.hpp"
#include "outmap/error.hpp"

namespace outmap::cache {

/// The counts stand in the folder's row: to count 100,000 messages after each commit of a running sync would make the
/// list of folders wait. What a transaction adds and takes away is gathered here and written once, before it commits.
class folder_counts {
 public:
  explicit folder_counts(database& db);

  /// A message that was not there yet (`new_message`), or a body of so many octets that its message has not had yet.
  void put(folder_id folder, bool new_message, std::optional<std::uint64_t> new_body);

  /// The message is about to lose its body.
  result<void> lose_body(folder_id folder, uid which);

  /// The folder has no messages any more.
  result<void> clear(folder_id folder);

  /// Tombstones that are made from now on stand for messages that the folder loses, until count_buried().
  result<void> before_burial();
  result<void> count_buried(folder_id folder);

  /// The last step before a commit.
  result<void> write();
  void after_rollback() noexcept { changed_.clear(); }

 private:
  struct change {
    std::int64_t messages = 0;
    std::int64_t bodies = 0;
    std::int64_t body_octets = 0;
  };

  std::map<folder_id, change> changed_;
  std::int64_t last_tombstone_ = 0;
  statement body_;
  statement newest_tombstone_;
  statement buried_;
  statement add_;
  statement clear_;
};

}  // namespace outmap::cache
