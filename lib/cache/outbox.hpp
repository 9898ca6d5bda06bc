// Changes that the user made and the server has not: `<cache>.outbox`, an SQLite file of its own beside the cache.
//
// It is apart from the cache so that recording never waits for a sync and takes no lock of it. Several threads and
// processes may record, read and send at a time, each through an object of its own; every function is one short
// transaction, synced to the disk before it returns, and a crash at any point leaves it done or not done. The file
// belongs to the cache that it is named after: whoever copies, moves or removes one does it with the other.
//
// How a change goes out (the sender; the rules for conflicts are his):
//   1. lock_for_sending(): one sender at a time for an outbox.
//   2. list(), in order; changes that are waiting or in_doubt are his, refused and conflict wait for the user, done for
//      settle().
//   3. STORE, SUBSCRIBE, UNSUBSCRIBE and EXPUNGE may be repeated: they are sent. Before APPEND and COPY are sent (and
//      CREATE, DELETE and RENAME, whose repetition would be refused), mark_sending() puts down what the destination
//      looks like: from then on the change is in_doubt, and after a crash or a lost connection the next sender looks at
//      the destination first.
//   4. The outcome: done() or finish(); advance() when the copy of a move is made; refuse(); conflict(); postpone()
//      where it shall be tried again.
// A function about a change that is not there any more (the user dropped it) does nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "cache/file_lock.hpp"
#include "outmap/error.hpp"
#include "outmap/queued_change.hpp"

namespace outmap::cache {

/// Where the outbox of a cache stands.
std::filesystem::path outbox_file_of(const std::filesystem::path& cache_file);

/// Changes by state.
struct outbox_counts {
  std::uint64_t waiting = 0;
  std::uint64_t in_doubt = 0;
  std::uint64_t done = 0;
  std::uint64_t refused = 0;
  std::uint64_t conflict = 0;
};

/// Belongs to one thread at a time.
///
/// Errors of open(): cache_foreign (an SQLite file of somebody else's, or none), cache_newer, cache_other_account,
/// cache_damaged, cache_unavailable (no permission, no folder, read-only, a symbolic link, no regular file), disk_full.
/// A file that is refused is not changed. Errors of the others: those of a disk (disk_full, file_error), cache_damaged,
/// cache_locked (another process held the file for more than five seconds), and those named.
class outbox {
 public:
  /// The longest UID set of one change, as text: with the rest it makes a command of at most 8,000 octets. record()
  /// makes several changes of a longer one, so that each is one command (a move: one COPY and one STORE).
  static constexpr std::size_t longest_set = 7000;
  /// The most UIDs of one copy or move: what has to be looked at after a lost answer.
  static constexpr std::uint64_t most_copies = 1000;

  /// `account` is that of the cache ("user@host"): recorded in a new file, compared in an old one.
  static result<std::unique_ptr<outbox>> open(const std::filesystem::path& cache_file, std::string_view account);
  /// Null where there is no outbox (or an empty file): nothing was ever recorded. Creates nothing.
  static result<std::unique_ptr<outbox>> open_existing(const std::filesystem::path& cache_file,
                                                       std::string_view account);
  ~outbox();
  outbox(const outbox&) = delete;
  outbox& operator=(const outbox&) = delete;

  /// Whoever sends holds this, from before list() to the last outcome; released with the value, also by a crash. Never
  /// waits: errc::cache_locked where another one sends. Recording needs no lock.
  static result<file_lock> lock_for_sending(const std::filesystem::path& cache_file);

  /// The changes that record() would make of this one, or record_append() with its message, and its errors for one that
  /// makes no sense. Without ids.
  static result<std::vector<queued_change>> planned(const queued_change& what);
  static result<queued_change> planned_append(const queued_change& what, std::string_view message);
  /// Whether drop() would forget this change: its errc::invalid_argument.
  static result<void> may_drop(const queued_change& change);

  // Recording. Of the change: kind, mailbox, and what the kind has; queued_at; the rest is filled in here.
  /// Every kind but append. Gives the ids, ascending, one after the other: more than one only for a set that is split.
  /// errc::invalid_argument if a part that the kind needs is empty.
  result<std::vector<change_id>> record(const queued_change& what);
  /// An append with the octets of its message: size and digest are taken here.
  result<change_id> record_append(const queued_change& what, std::string_view message);

  // Reading.
  /// All of them in order; octets of messages are not loaded.
  result<std::vector<queued_change>> list();
  /// Nothing if there is none.
  result<std::optional<queued_change>> find(change_id id);
  result<outbox_counts> count();
  /// The octets of an append in pieces of at most 1 MiB; the callback gives false to stop. At the end the digest is
  /// compared: cache_damaged. errc::no_such_message if there is no such change or it has no message.
  result<void> message(change_id id, const std::function<bool(std::string_view)>& take);
  /// Another number than before whenever anybody changed something since.
  result<std::uint64_t> version();

  // Outcomes of sending.
  /// About to be sent: in_doubt from now on. `before` is what its destination looks like now (copy, move, append).
  result<void> mark_sending(change_id id, const std::optional<mailbox_mark>& before);
  /// The next step is known to be reached; waiting again.
  result<void> advance(change_id id, std::uint32_t step);
  /// It is known not to have reached the server: waiting again, with the reason, and not before that time (Unix seconds;
  /// 0: at once). Counts an attempt.
  result<void> postpone(change_id id, std::int64_t not_before, std::string_view reason);
  /// The server has it. The change stays, so that the app goes on seeing its effect, until settle().
  result<void> done(change_id id);
  /// The cache shows the effect, or there is none: the change goes.
  result<void> finish(change_id id);
  /// NO or BAD. The effect is not shown any more; the message of an append stays.
  result<void> refuse(change_id id, std::string_view server_text);
  /// `reason` is ours and for people.
  result<void> conflict(change_id id, std::string_view reason);
  /// The cache shows this mailbox as the server has had it at some time after the changes up to `last` were done: those
  /// among them that are done and show in it (the destination of a copy, move, append or rename, else the mailbox) go.
  result<void> settle(const mailbox_name& mailbox, change_id last);
  /// The cache shows the whole account so.
  result<void> settle(change_id last);
  /// The server and the cache have renamed a mailbox, with all that is below it: changes recorded before `until` that
  /// name any of these name them as they are now. Nothing else of them changes.
  result<void> follow_rename(const mailbox_name& from, const mailbox_name& to, std::optional<char> delimiter,
                             change_id until);

  // The user's word.
  /// What was refused, in conflict or postponed is waiting again, at once. One that is in_doubt stays so. Whether there
  /// is such a change.
  result<bool> retry(change_id id);
  /// Forgets a change, and with an append the only copy of its message. Whether there was one. errc::invalid_argument
  /// while it may have reached the server: in_doubt, or a move whose copy is made and whose originals are not deleted;
  /// then retry() is what settles it. One that is done goes.
  result<bool> drop(change_id id);

 private:
  struct impl;
  explicit outbox(std::unique_ptr<impl> i);
  std::unique_ptr<impl> impl_;
};

}  // namespace outmap::cache
