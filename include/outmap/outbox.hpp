// What the user changes: recorded at once, on line or off, and sent in that order by account::send_outbox() and by each
// sync. store.hpp shows the effect as soon as a function here has returned.
//
// The changes stand in `<cache>.outbox`, beside the cache `<cache>` and the folder `<cache>.mail`: the three belong
// together.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "outmap/error.hpp"
#include "outmap/queued_change.hpp"
#include "outmap/types.hpp"
#include "outmap/uid_set.hpp"
#include "outmap/visibility.hpp"

namespace outmap OUTMAP_PUBLIC {

/// Belongs to one thread at a time; open as many as there are threads. Several threads and processes may record while
/// others sync or send: nobody waits for a sync, and what was recorded survives a crash and a loss of power. A function
/// records all that it was asked for or nothing. Functions give the ids of the changes: one, or several where it takes
/// several commands.
///
/// Mailboxes and UIDs are those that store.hpp shows. Errors: no_such_mailbox (also one that is gone or to be deleted),
/// no_such_message (one of the UIDs is not there, or has no UID yet), invalid_argument, disk_full, file_error,
/// cache_damaged, cache_locked (another process held the outbox for more than five seconds).
class outbox {
 public:
  using ids = std::vector<change_id>;

  /// The outbox of a cache; it is made when something is recorded. Errors: those of store::open(), and about the outbox
  /// itself the same and cache_other_account: the detail names the file.
  static result<outbox> open(const std::filesystem::path& cache);
  /// As open(), but what is asked for is checked and not recorded, and nothing is retried or dropped: planned() has it,
  /// and all ids are 0.
  static result<outbox> dry_run(const std::filesystem::path& cache);
  ~outbox();
  outbox(outbox&&) noexcept;
  outbox& operator=(outbox&&) noexcept;

  /// Those of `uids` that are there, and have a UID.
  result<uid_set> known(const mailbox_name& mailbox, const uid_set& uids);

  // Messages.
  /// Sets and clears system flags; keywords cannot be made or sent (OIMAP-V0005). \Draft goes by a command that says all
  /// flags (OIMAP-V0056): invalid_argument where a message has keywords, which would be lost.
  result<ids> mark(const mailbox_name& mailbox, const uid_set& uids, flag_change flags);
  result<ids> copy(const mailbox_name& from, const uid_set& uids, const mailbox_name& to);
  /// The original is there, marked \Deleted, until a purge; undelete() keeps it in
  /// both mailboxes. invalid_argument where both are the same mailbox.
  result<ids> move(const mailbox_name& from, const uid_set& uids, const mailbox_name& to);
  /// +FLAGS (\Deleted): the message is there until a purge.
  result<ids> erase(const mailbox_name& mailbox, const uid_set& uids);
  result<ids> undelete(const mailbox_name& mailbox, const uid_set& uids);
  /// What a purge would remove: all that is marked \Deleted, so also what was moved away.
  result<uid_set> deleted(const mailbox_name& mailbox);
  /// EXPUNGE: removes what deleted() says, for good. No ids where that is nothing.
  result<ids> purge(const mailbox_name& mailbox);
  /// Uploads a message, also a draft that lacks header lines (OIMAP-V0046). Octets over 127 are encoded as MIME has it
  /// (OIMAP-V0013); unencodable where that cannot be done. `flags`: system flags; keywords are refused. limit_exceeded
  /// for more than 256 MiB.
  result<change_id> append(const mailbox_name& mailbox, std::string_view message, const flag_set& flags = {},
                           std::optional<internal_date> date = std::nullopt);

  // Folders.
  /// The name of `level` (UTF-8) below `parent` (empty: at the top). invalid_argument if it is empty or holds the
  /// hierarchy delimiter (OIMAP-V0020), unencodable for control characters (OIMAP-V0018) and invalid UTF-8.
  result<mailbox_name> child(const mailbox_name& parent, std::string_view level);
  /// The name of a path (UTF-8) whose levels stand with the hierarchy delimiter between them; errors as child().
  result<mailbox_name> named(std::string_view path);
  /// invalid_argument if there is one of that name.
  result<change_id> create(const mailbox_name& mailbox);
  /// The mailbox with all its messages. Not INBOX.
  result<change_id> remove(const mailbox_name& mailbox);
  /// With all that is below it. Not INBOX; `to` may not be taken, nor be below `from`.
  result<change_id> rename(const mailbox_name& from, const mailbox_name& to);
  result<change_id> subscribe(const mailbox_name& mailbox);
  result<change_id> unsubscribe(const mailbox_name& mailbox);

  // The queue.
  /// Of a dry run: the changes that would have been recorded, in order.
  [[nodiscard]] const std::vector<queued_change>& planned() const;
  /// In the order in which they are sent.
  result<std::vector<queued_change>> list();
  /// The octets of an append, as store::body(); no_such_message for what is none.
  result<void> message(change_id id, const std::function<bool(std::string_view)>& take);
  /// What was refused, is in conflict or was postponed is to be sent again. invalid_argument if there is no such change.
  result<void> retry(change_id id);
  /// Forgets a change; its effect is seen no more. With an append the message is lost, unless the app has it elsewhere.
  /// invalid_argument if there is no such change, and while it may have reached the server already: then sending again
  /// finds out.
  result<void> drop(change_id id);

 private:
  struct OUTMAP_HIDDEN impl;
  explicit outbox(std::unique_ptr<impl> i);
  std::unique_ptr<impl> impl_;
};

}  // namespace OUTMAP_PUBLIC
