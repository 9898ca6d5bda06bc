// The write side of an account's cache. One at a time for a file; it belongs to one thread.
//
// A cache is a file and a folder beside it: `<file>` (SQLite) says what there is and where, and `<file>.mail` holds the
// octets of headers and bodies in segments, files that only grow. They belong together: whoever copies, moves, restores
// or removes one does it with the other, and a copy for a backup is made while no store is open: a copy of a file that
// SQLite is writing is none. Every segment carries an identity that the
// file knows, so one of another cache is refused, and one that is missing or shorter than the file says is damage.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "cache/claim.hpp"
#include "cache/file_calls.hpp"
#include "cache/listed_page.hpp"
#include "cache/records.hpp"
#include "cache/run_entry.hpp"
#include "outmap/error.hpp"

namespace outmap::cache {

/// What a UIDVALIDITY change or an expunge left behind that a new message can take over.
struct adoption {
  bool adopted = false;
};

/// The tagged answer of the command that brought a body. While it is awaited, the body is unconfirmed: there to be read,
/// and recorded as not complete, in the same commit.
enum class tagged_answer { ok, awaited };

/// Where a body that comes in pieces is being collected. Not valid after the store is closed.
enum class transfer : std::uint64_t {};

/// Opens (or creates) the file, takes the lock beside it, migrates the schema. Every function but begin(), commit(),
/// rollback() and make_durable() must run inside a transaction (else errc::internal). What the
/// server expunged becomes a tombstone that keeps its header and body; only expire() lets go of any.
///
/// What stands under a UID is one immutable message (XIMAP-2.1.3), and Exchange makes the MIME of some messages anew at
/// each retrieval (NTLM-PB9): the first header and the first confirmed body of a message are kept, later ones are
/// ignored.
///
/// Errors of open(): cache_locked, cache_foreign (an SQLite file of somebody else's, or no SQLite file), cache_newer,
/// cache_other_account, cache_damaged, cache_unavailable (no permission, no folder, read-only, a symbolic link or
/// anything else that is not a regular file), disk_full. A file that is refused is not changed. The lock is
/// `<file>.lock`; that file stays when the store is closed. A cache that nothing was ever synced into belongs to
/// whoever opens it next.
/// Errors of the others: cache_damaged, disk_full, file_error, cache_locked (another program has locked the file
/// itself), invalid_argument (no such folder, a UID or UIDVALIDITY of 0, a transfer that has ended). Whatever the
/// error, the transaction is then rolled back, and with it every transfer ends.
class store {
 public:
  struct options {
    bool create = true;
    std::uint64_t segment_octets = std::uint64_t{1} << 30;  ///< a segment that would pass this is followed by the next
    file_calls* calls = &file_calls::of_system();           ///< how segments are written; outlives the store
  };

  /// `account` identifies whose mail this is ("user@host"); it is recorded in a new file and compared in an old one.
  static result<std::unique_ptr<store>> open(const std::filesystem::path& file, std::string_view account, options how);
  /// The same of a file that is claimed already.
  static result<std::unique_ptr<store>> open(claim ours, std::string_view account, options how);
  ~store();
  store(const store&) = delete;
  store& operator=(const store&) = delete;

  result<void> begin();
  /// Mail is on the disk before the rows that name it are committed. The rows themselves are durable at power loss
  /// after make_durable(); until then the disk holds some earlier commit, whole.
  result<void> commit();
  void rollback() noexcept;
  /// Moves everything into the main file and syncs it: durable at power loss when it returns. Does not wait for
  /// readers: one that is in the middle of something leaves it in SQLite's log, which is then synced instead. Not
  /// inside a transaction.
  result<void> make_durable();
  /// Rows that the open transaction has changed; 0 outside one.
  [[nodiscard]] std::uint64_t rows_changed() const noexcept;
  /// Moves what is committed from the log into the file, as far as no reader needs the log. Outside a transaction. What
  /// goes wrong here shows at the next commit.
  void checkpoint() noexcept;
  /// A change that changes nothing. The first commit of a run makes the log, and waits until the disk has its name and
  /// its header; this one does that where the time costs nothing.
  result<void> make_log();

  /// Inserts or updates by mailbox; UIDVALIDITY and messages stay.
  result<folder_id> put_folder(const listed_folder& folder);
  /// After a complete listing: every folder that is not in `listed` is marked gone. No mail is touched.
  result<void> mark_gone_except(const std::vector<folder_id>& listed);

  /// The server has renamed a mailbox: its folder, and those below it, have their new names and keep their messages. A
  /// folder of a new name that is gone from the server gives its mail as tombstones, as after a UIDVALIDITY change; one
  /// that is not gone is one that a listing has shown since: then the old one stays as it is. No such folder: nothing.
  result<void> rename_folder(const mailbox_name& from, const mailbox_name& to);

  /// If the folder has another UIDVALIDITY: its messages become tombstones that can be adopted (OIMAP-V0003), but not
  /// with the bodies of messages in quarantine, which are not their own; its
  /// quarantine and its last scan are forgotten (they were about other UIDs), the new value is recorded. Same value:
  /// nothing. One transaction's work, whatever the number of messages.
  result<void> set_uid_validity(folder_id folder, uid_validity value);
  /// The scan of the folder has come to its end.
  result<void> set_scanned(folder_id folder, std::uint32_t exists, std::int64_t now);
  /// The messages of these pages, as the store has them after everything put before, are equal to a listing with these
  /// digests. Any change to a message of a page makes it forgotten.
  result<void> set_listed_pages(folder_id folder, const std::vector<listed_page>& pages);
  /// What STATUS (UNSEEN) said.
  result<void> set_unseen(folder_id folder, std::uint32_t unseen);

  /// Records the header form of a message (insert or update). If a tombstone that a UIDVALIDITY change left in this
  /// folder has the same header (by its digest), the same INTERNALDATE (as a point in time) and the same size (as the
  /// server said it, or as its body has it), and all such tombstones agree on one body, the message takes that body
  /// over; one without a body disagrees with one that has one. The tombstone stays, marked as adopted: it is not counted any more and cannot be adopted again.
  /// Tried once for a message, when its header becomes known.
  result<adoption> put_header(folder_id folder, const header_arrival& message);
  /// Records a whole body and its message (insert or update; keeps size and date that are known). A body of 8 KiB or
  /// more is stored once per digest. If no header is known yet, the octets up to and with the first empty line are
  /// recorded as the header, if that stands within the first 1 MiB. A message that has a body keeps it; only its flags
  /// change. One whose body is unconfirmed keeps that until `answer` is ok, or confirm() comes: then it has the newer.
  result<void> put_body(folder_id folder, uid which, const flag_set& flags, std::string_view body,
                        tagged_answer answer = tagged_answer::ok);
  /// The bodies of these that are unconfirmed came by a command that has got its tagged OK.
  result<void> confirm(folder_id folder, const uid_set& uids);

  /// For a body too large to hold: begin, append in pieces, then finish; in one transaction or several. At most 1 MiB
  /// of it is held in memory (and 24 octets for each piece before which something else was stored). A transfer that is
  /// not finished leaves no row; one that is abandoned gives its room back where the file system can.
  result<transfer> begin_body();
  result<void> append_body(transfer to, std::string_view octets);
  result<void> finish_body(transfer from, folder_id folder, uid which, const flag_set& flags,
                           tagged_answer answer = tagged_answer::ok);
  result<void> abandon_body(transfer which);

  /// A message that is not there stays so: it may have vanished meanwhile (XIMAP-2.1.2).
  result<void> set_flags(folder_id folder, uid which, const flag_set& flags);
  /// The server no longer has these: they become tombstones (not adoptable: an expunge is an expunge). UIDs without a
  /// message are passed over; quarantine entries go.
  result<void> set_vanished(folder_id folder, const uid_set& uids, std::int64_t now);

  /// Forgets tombstones of the folder that were made at `last` or before (Unix seconds); while the folder has messages
  /// in quarantine, those that can be adopted stay. Their mail stays in its segments, and nothing names it any more.
  result<void> expire(folder_id folder, std::int64_t last);

  /// The message's header and body are not its own, but the server's words about it: they are forgotten, so that what
  /// is put next counts. No such message: nothing.
  result<void> drop_stand_in(folder_id folder, uid which);

  /// Counts one more try.
  result<void> put_quarantine(folder_id folder, uid which, std::string_view reason, std::int64_t now);
  result<void> clear_quarantine(folder_id folder, uid which);

  /// Outside a transaction: one more run of a backup, into the record beside the cache. What the cache holds now is
  /// counted into it. errc::file_error, disk_full.
  result<void> put_backup(backup_record& run);
  /// Outside a transaction: see make_seal(). The next transaction opens the store anew, for the record.
  result<run_entry> put_seal(std::int64_t now, const std::function<bool(std::uint64_t)>& step = {});

  /// A run may be put when it begins (ended_at 0) and again when it ends: that is one record.
  result<void> put_run(const run_record& run);

 private:
  struct impl;
  explicit store(std::unique_ptr<impl> i);
  std::unique_ptr<impl> impl_;
};

}  // namespace outmap::cache
