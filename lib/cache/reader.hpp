// The read side of a cache file: own connection, sees only what is committed, never waits for the writer.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cache/records.hpp"
#include "outmap/error.hpp"

namespace outmap::cache {

/// Belongs to one thread at a time; any number of readers may be open beside a store. Opens without the writer's lock.
class reader {
 public:
  static result<std::unique_ptr<reader>> open(const std::filesystem::path& file);
  ~reader();
  reader(const reader&) = delete;
  reader& operator=(const reader&) = delete;

  /// Whose mail this is.
  result<std::string> account();
  /// Sorted by mailbox, INBOX first. Counts are filled in.
  result<std::vector<folder_record>> folders();
  /// By exact wire name; errc::no_such_mailbox.
  result<folder_record> folder(const mailbox_name& mailbox);
  /// Ascending by UID.
  result<std::vector<message_state>> message_states(folder_id folder);
  /// Ascending by UID. The callback gives false to stop.
  result<void> for_each_message(folder_id folder, const std::function<bool(const message_record&)>& take);
  /// errc::no_such_message.
  result<message_record> message(folder_id folder, uid which);
  /// The header's octets; errc::no_such_message if there is none.
  result<std::string> header(folder_id folder, uid which);
  /// The body in pieces of at most 1 MiB. The callback gives false to stop. Compares the digest at the end: cache_damaged.
  result<void> body(folder_id folder, uid which, const std::function<bool(std::string_view)>& take);
  result<std::vector<quarantine_record>> quarantine(folder_id folder);
  result<std::optional<run_record>> last_run();
  /// SQLite's own check of the whole file; the detail names the first fault.
  result<void> check_integrity();

 private:
  struct impl;
  explicit reader(std::unique_ptr<impl> i);
  std::unique_ptr<impl> impl_;
};

}  // namespace outmap::cache
