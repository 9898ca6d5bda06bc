// The read side of a cache file: own connection, sees only what is committed, never waits for the writer.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cache/listed_page.hpp"
#include "cache/records.hpp"
#include "outmap/error.hpp"

namespace outmap::cache {

/// Belongs to one thread at a time; any number of readers may be open beside a store. Opens without the writer's lock.
/// Each call sees one committed state of the file. A callback may call other functions of the reader, but not the one
/// that called it (errc::internal); while it runs, the writer's log cannot be emptied, so it should not take minutes.
///
/// Errors of open(): cache_unavailable (no such file or an empty one: nothing was synced yet; no permission; an older
/// schema that only a store can bring up to date), cache_foreign, cache_newer, cache_damaged. A file on a medium that
/// cannot be written, with no writer's log beside it, is read as it is: a writer that starts later is not noticed.
/// Errors of the others, besides those named: cache_damaged, file_error.
class reader {
 public:
  static result<std::unique_ptr<reader>> open(const std::filesystem::path& file);
  /// As open(); null where there is no such file or folder, or an empty file: nothing was synced yet.
  static result<std::unique_ptr<reader>> open_existing(const std::filesystem::path& file);
  ~reader();
  reader(const reader&) = delete;
  reader& operator=(const reader&) = delete;

  /// Whose mail this is.
  result<std::string> account();
  /// Nothing was ever synced into it: a store that is opened for `account` takes it over.
  result<bool> may_be_taken_over(std::string_view account);
  /// Sorted by mailbox, INBOX first. Counts are filled in.
  result<std::vector<folder_record>> folders();
  /// By exact wire name; errc::no_such_mailbox.
  result<folder_record> folder(const mailbox_name& mailbox);
  /// What the last complete listing showed, in the order of folders(), without counts.
  result<std::vector<known_folder>> tree();
  /// As folder(), but counts nothing: its cost does not grow with the folder.
  result<sync_start> start_of(const mailbox_name& mailbox);
  /// Ascending by UID.
  result<std::vector<message_state>> message_states(folder_id folder);
  /// The first `most` with UIDs above `after`, ascending.
  result<std::vector<message_state>> message_states(folder_id folder, uid after, std::size_t most);
  /// Ascending.
  result<std::vector<listed_page>> listed_pages(folder_id folder);
  /// Ascending by UID. The callback gives false to stop.
  result<void> for_each_message(folder_id folder, const std::function<bool(const message_record&)>& take);
  /// How many messages there are of these UIDs, with how much of their bodies.
  struct amount {
    std::uint64_t messages = 0;
    std::uint64_t bodies = 0;
    std::uint64_t body_octets = 0;
  };
  result<amount> amount_of(folder_id folder, const uid_set& uids);
  /// errc::no_such_message.
  result<message_record> message(folder_id folder, uid which);
  /// The header's octets, which match their digest (else cache_damaged); errc::no_such_message if there is none.
  result<std::string> header(folder_id folder, uid which);
  /// The body in pieces of at most 1 MiB (none for an empty one). The callback gives false to stop. At the end the
  /// digest is compared: cache_damaged. errc::no_such_message if there is no body.
  result<void> body(folder_id folder, uid which, const std::function<bool(std::string_view)>& take);
  /// What the server expunged, oldest first; not what a UIDVALIDITY change left. The callback gives false to stop.
  result<void> for_each_expunged(folder_id folder, const std::function<bool(const expunged_message&)>& take);
  /// How many of the messages that are kept although the server has them no more would go if what vanished until `last`
  /// (Unix seconds) were given up (store::expire()).
  result<std::uint64_t> expiring(folder_id folder, std::int64_t last);
  /// As header() and body().
  result<std::string> expunged_header(std::int64_t row);
  result<void> expunged_body(std::int64_t row, const std::function<bool(std::string_view)>& take);
  /// Another number than before whenever a writer has committed since.
  result<std::uint64_t> version();
  result<std::vector<quarantine_record>> quarantine(folder_id folder);
  /// Messages whose bodies are here, and came by a command that has not got its tagged OK.
  result<uid_set> unconfirmed(folder_id folder);
  result<std::optional<run_record>> last_run();
  /// SQLite's own check of the whole file, and whether every segment that it names is there, its own and long enough.
  /// The counts in the folders' rows are compared with the messages. Octets of mail are not read: body() and header()
  /// compare them. The detail names the first fault.
  result<void> check_integrity();

 private:
  struct impl;
  explicit reader(std::unique_ptr<impl> i);
  std::unique_ptr<impl> impl_;
};

}  // namespace outmap::cache
