#include "cache/store.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "cache/body_table.hpp"
#include "cache/cache_file.hpp"
#include "cache/file_lock.hpp"
#include "cache/folder_counts.hpp"
#include "cache/folder_table.hpp"
#include "cache/header_table.hpp"
#include "cache/held_mail.hpp"
#include "cache/message_table.hpp"
#include "cache/quarantine_table.hpp"
#include "cache/renamed_mailbox.hpp"
#include "cache/run_table.hpp"
#include "cache/sealing.hpp"
#include "cache/segment_writer.hpp"
#include "cache/unconfirmed_bodies.hpp"

namespace outmap::cache {
namespace {

/// A header that came by itself stays (NTLM-PB9).
contents with_body(contents what, const body_table::stored& body) {
  what.body = body.id;
  what.new_body = body.size;
  if (!what.header && body.has_header) what.header = header_of_body;
  return what;
}

}  // namespace

struct store::impl {
  impl(file_lock held, database opened, const std::filesystem::path& path, const cache_identity& whose,
       const options& how)
      : lock(std::move(held)),
        file(path),
        db(std::move(opened)),
        mail(db, mail_folder_of(path), whose, {how.segment_octets, how.calls}),
        folders(db),
        counts(db),
        messages(db, counts),
        headers(db, mail),
        bodies(db, mail),
        unconfirmed(db),
        quarantine(db),
        runs(db) {}

  /// Runs one operation inside the open transaction; a failure undoes the transaction, so that a half-done operation is
  /// never committed with what follows.
  template <class F>
  auto guarded(F&& operation) -> decltype(operation()) {
    if (!open || !db.in_transaction()) return fail(errc::internal, "cache: an operation outside a transaction");
    auto outcome = operation();
    if (!outcome) undo();
    return outcome;
  }

  void undo() noexcept {
    open.reset();
    bodies.forget_transfers();
    mail.after_rollback();
    counts.after_rollback();
    unconfirmed.after_rollback();
  }

  result<contents> contents_of(folder_id folder, uid which) {
    auto found = messages.find(folder, which);
    if (!found) return tl::unexpected(std::move(found.error()));
    return found->value_or(contents{});
  }

  result<void> settle_validity(folder_id folder, uid_validity value);
  result<void> bury(folder_id folder);
  result<void> carry_over(const mailbox_name& from, const mailbox_name& to);
  result<adoption> take_header(folder_id folder, const header_arrival& message);
  result<void> take_body(folder_id folder, uid which, const flag_set& flags, std::string_view body,
                         tagged_answer answer);
  result<void> take_transfer(transfer from, folder_id folder, uid which, const flag_set& flags, tagged_answer answer);
  result<void> take_stored(folder_id folder, uid which, const flag_set& flags, const contents& what,
                           const body_table::stored& body, tagged_answer answer);
  result<void> confirm(folder_id folder, const uid_set& uids);
  result<void> take_vanished(folder_id folder, const uid_set& uids, std::int64_t now);

  file_lock lock;  // given back after the file is closed
  std::filesystem::path file;
  database db;
  segment_writer mail;
  folder_table folders;
  folder_counts counts;
  message_table messages;
  header_table headers;
  body_table bodies;
  unconfirmed_bodies unconfirmed;
  quarantine_table quarantine;
  run_table runs;
  std::optional<transaction> open;
  sqlite3_int64 rows_at_begin = 0;
  bool sealed = false;
};

store::store(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
store::~store() = default;

result<std::unique_ptr<store>> store::open(const std::filesystem::path& file, std::string_view account, options how) {
  auto ours = claim::take(file, how.create);
  if (!ours) return tl::unexpected(std::move(ours.error()));
  return open(std::move(*ours), account, how);
}

result<std::unique_ptr<store>> store::open(claim ours, std::string_view account, options how) {
  const auto path = ours.file();
  auto db = open_for_writing(path, account, how.create, migrations());
  if (!db) return tl::unexpected(std::move(db.error()));
  if (auto on = db->run("PRAGMA foreign_keys = ON"); !on) return tl::unexpected(std::move(on.error()));
  const auto whose = identity_of(*db);
  if (!whose) return tl::unexpected(whose.error());
  auto opened = std::make_unique<impl>(std::move(ours).release(), std::move(*db), path, *whose, how);
  if (auto sound = opened->mail.inspect(); !sound) return tl::unexpected(std::move(sound.error()));
  return std::unique_ptr<store>(new store(std::move(opened)));
}

result<void> store::begin() {
  if (impl_->open) return fail(errc::internal, "cache: a transaction inside a transaction");
  if (impl_->sealed) {
    if (auto noted = note_opened(impl_->file); !noted) return noted;
    impl_->sealed = false;
  }
  auto begun = transaction::begin(impl_->db, transaction::kind::write);
  if (!begun) return tl::unexpected(std::move(begun.error()));
  impl_->open.emplace(std::move(*begun));
  impl_->rows_at_begin = sqlite3_total_changes64(impl_->db.handle());
  return {};
}

result<void> store::commit() {
  if (!impl_->open) return fail(errc::internal, "cache: nothing to commit");
  // The log may reach the disk at any moment from COMMIT on: the mail that its rows name must be there before.
  auto committed = impl_->counts.write();
  if (committed) committed = impl_->unconfirmed.write();
  if (committed) committed = impl_->mail.sync_before_commit();
  if (committed) committed = impl_->open->commit();
  if (!committed) {
    impl_->undo();
    return committed;
  }
  impl_->open.reset();
  impl_->mail.after_commit();
  return committed;
}

void store::rollback() noexcept { impl_->undo(); }

std::uint64_t store::rows_changed() const noexcept {
  if (!impl_->open) return 0;
  return static_cast<std::uint64_t>(sqlite3_total_changes64(impl_->db.handle()) - impl_->rows_at_begin);
}

void store::checkpoint() noexcept {
  sqlite3_wal_checkpoint_v2(impl_->db.handle(), "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
}

result<void> store::make_durable() {
  if (impl_->open) return fail(errc::internal, "cache: make_durable inside a transaction");
  auto* const db = impl_->db.handle();
  // Readers are not waited for: one that is in the middle of something keeps the log from being emptied, not from
  // being synced.
  sqlite3_busy_timeout(db, 0);
  errno = 0;
  const int moved = sqlite3_wal_checkpoint_v2(db, "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  sqlite3_busy_timeout(db, busy_timeout);
  if (moved == SQLITE_OK) return {};
  if ((moved & 0xff) != SQLITE_BUSY) return tl::unexpected(sqlite_error(db, moved));

  sqlite3_file* log = nullptr;
  if (const int code = sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log); code != SQLITE_OK) {
    return tl::unexpected(sqlite_error(db, code));
  }
  if (log == nullptr || log->pMethods == nullptr) return {};
  errno = 0;
  const int synced = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
  if (synced != SQLITE_OK) return tl::unexpected(sqlite_error(db, synced));
  return {};
}

result<void> store::make_log() {
  return impl_->guarded([&] { return impl_->db.run("UPDATE meta SET id = id"); });
}

result<folder_id> store::put_folder(const listed_folder& folder) {
  return impl_->guarded([&] { return impl_->folders.put(folder); });
}

result<void> store::mark_gone_except(const std::vector<folder_id>& listed) {
  return impl_->guarded([&] { return impl_->folders.mark_gone_except(listed); });
}

result<void> store::set_uid_validity(folder_id folder, uid_validity value) {
  return impl_->guarded([&] { return impl_->settle_validity(folder, value); });
}

result<void> store::impl::settle_validity(folder_id folder, uid_validity value) {
  if (value.value == 0) return fail(errc::invalid_argument, "cache: 0 is not a UIDVALIDITY");
  const auto known = folders.validity(folder);
  if (!known) return tl::unexpected(known.error());
  if (*known == value) return {};
  if (auto buried = bury(folder); !buried) return buried;
  return folders.set_validity(folder, value);
}

/// What the folder holds becomes tombstones that can be adopted.
result<void> store::impl::bury(folder_id folder) {
  if (auto written = unconfirmed.write(); !written) return written;
  if (auto dropped = messages.drop_quarantined_bodies(folder); !dropped) return dropped;
  if (auto buried = messages.bury_all(folder); !buried) return buried;
  if (auto cleared = unconfirmed.clear(folder); !cleared) return cleared;
  return quarantine.clear(folder, {uid{1}, uid{UINT32_MAX}});
}

result<void> store::rename_folder(const mailbox_name& from, const mailbox_name& to) {
  return impl_->guarded([&] { return impl_->carry_over(from, to); });
}

result<void> store::impl::carry_over(const mailbox_name& from, const mailbox_name& to) {
  const auto all = folders.all();
  if (!all) return tl::unexpected(all.error());
  const auto named = [&](const mailbox_name& name) {
    return std::find_if(all->begin(), all->end(), [&](const auto& f) { return f.mailbox == name; });
  };
  const auto top = named(from);
  if (top == all->end()) return {};
  for (const auto& folder : *all) {
    const auto name = renamed_mailbox(folder.mailbox, from, to, top->delimiter);
    if (!name) continue;
    const auto there = named(*name);
    if (there != all->end() && !there->gone) continue;
    if (there != all->end()) {
      if (auto done = bury(there->id); !done) return done;
      if (auto done = messages.hand_over_tombstones(there->id, folder.id); !done) return done;
      if (auto done = folders.remove(there->id); !done) return done;
    }
    if (auto done = folders.rename(folder.id, *name); !done) return done;
  }
  return {};
}

result<void> store::set_scanned(folder_id folder, std::uint32_t exists, std::int64_t now) {
  return impl_->guarded([&] { return impl_->folders.set_scanned(folder, exists, now); });
}

result<void> store::set_listed_pages(folder_id folder, const std::vector<listed_page>& pages) {
  return impl_->guarded([&] { return impl_->messages.put_listed(folder, pages); });
}

result<void> store::set_unseen(folder_id folder, std::uint32_t unseen) {
  return impl_->guarded([&] { return impl_->folders.set_unseen(folder, unseen); });
}

result<adoption> store::put_header(folder_id folder, const header_arrival& message) {
  return impl_->guarded([&] { return impl_->take_header(folder, message); });
}

result<adoption> store::impl::take_header(folder_id folder, const header_arrival& message) {
  auto what = contents_of(folder, message.uid);
  if (!what) return tl::unexpected(what.error());
  adoption outcome;
  if (!what->header) {
    const auto header = headers.put(message.header);
    if (!header) return tl::unexpected(header.error());
    what->header = header->id;
    if (!what->body) {
      const auto body = messages.adopt(folder, header->sum, message);
      if (!body) return tl::unexpected(body.error());
      if (*body) {
        what->body = (*body)->id;
        what->new_body = (*body)->octets;
        outcome.adopted = true;
        if ((*body)->unconfirmed) {
          if (auto added = unconfirmed.add(folder, message.uid); !added) return tl::unexpected(added.error());
        }
      }
    }
  }
  if (auto stored = messages.put(folder, message, *what); !stored) return tl::unexpected(stored.error());
  return outcome;
}

result<void> store::put_body(folder_id folder, uid which, const flag_set& flags, std::string_view body,
                             tagged_answer answer) {
  return impl_->guarded([&] { return impl_->take_body(folder, which, flags, body, answer); });
}

result<void> store::impl::take_body(folder_id folder, uid which, const flag_set& flags, std::string_view body,
                                    tagged_answer answer) {
  const auto what = contents_of(folder, which);
  if (!what) return tl::unexpected(what.error());
  if (what->body) {
    const auto open_to_newer = unconfirmed.contains(folder, which);
    if (!open_to_newer) return tl::unexpected(open_to_newer.error());
    if (!*open_to_newer) return messages.put(folder, which, flags, *what);
  }
  const auto arrived = what->body ? bodies.put_again(*what->body, body) : bodies.put(body);
  if (!arrived) return tl::unexpected(arrived.error());
  return take_stored(folder, which, flags, *what, *arrived, answer);
}

/// The message has no body yet, or one that is unconfirmed.
result<void> store::impl::take_stored(folder_id folder, uid which, const flag_set& flags, const contents& what,
                                      const body_table::stored& body, tagged_answer answer) {
  if (!what.body) {
    if (auto put = messages.put(folder, which, flags, with_body(what, body)); !put) return put;
    return answer == tagged_answer::ok ? result<void>{} : unconfirmed.add(folder, which);
  }
  if (auto put = messages.put(folder, which, flags, what); !put) return put;
  if (body.id == *what.body)
    unconfirmed.keep_first(folder, which);
  else
    unconfirmed.keep_newer(folder, which, body);
  if (answer == tagged_answer::awaited) return {};
  uid_set one;
  one.add(which);
  return confirm(folder, one);
}

result<void> store::confirm(folder_id folder, const uid_set& uids) {
  return impl_->guarded([&] { return impl_->confirm(folder, uids); });
}

result<void> store::impl::confirm(folder_id folder, const uid_set& uids) {
  const auto newer = unconfirmed.confirm(folder, uids);
  if (!newer) return tl::unexpected(newer.error());
  for (const auto& [which, body] : *newer) {
    if (auto done = messages.replace_body(folder, which, body); !done) return done;
  }
  return {};
}

result<transfer> store::begin_body() {
  return impl_->guarded([&]() -> result<transfer> { return impl_->bodies.begin(); });
}

result<void> store::append_body(transfer to, std::string_view octets) {
  return impl_->guarded([&] { return impl_->bodies.append(to, octets); });
}

result<void> store::finish_body(transfer from, folder_id folder, uid which, const flag_set& flags,
                                tagged_answer answer) {
  return impl_->guarded([&] { return impl_->take_transfer(from, folder, which, flags, answer); });
}

result<void> store::impl::take_transfer(transfer from, folder_id folder, uid which, const flag_set& flags,
                                        tagged_answer answer) {
  const auto what = contents_of(folder, which);
  if (!what) return tl::unexpected(what.error());
  if (what->body) {
    const auto open_to_newer = unconfirmed.contains(folder, which);
    if (!open_to_newer) return tl::unexpected(open_to_newer.error());
    if (!*open_to_newer) {
      if (auto dropped = bodies.abandon(from); !dropped) return dropped;
      return messages.put(folder, which, flags, *what);
    }
  }
  const auto arrived = bodies.finish(from);
  if (!arrived) return tl::unexpected(arrived.error());
  return take_stored(folder, which, flags, *what, *arrived, answer);
}

result<void> store::abandon_body(transfer which) {
  return impl_->guarded([&] { return impl_->bodies.abandon(which); });
}

result<void> store::set_flags(folder_id folder, uid which, const flag_set& flags) {
  return impl_->guarded([&] { return impl_->messages.set_flags(folder, which, flags); });
}

result<void> store::set_vanished(folder_id folder, const uid_set& uids, std::int64_t now) {
  return impl_->guarded([&] { return impl_->take_vanished(folder, uids, now); });
}

result<void> store::impl::take_vanished(folder_id folder, const uid_set& uids, std::int64_t now) {
  const auto quarantined = quarantine.any(folder);
  if (!quarantined) return tl::unexpected(quarantined.error());
  if (auto ready = counts.before_burial(); !ready) return ready;
  if (auto buried = messages.bury_vanished(folder, uids, now); !buried) return buried;
  for (const auto range : uids.ranges()) {
    if (!*quarantined) break;
    if (auto cleared = quarantine.clear(folder, range); !cleared) return cleared;
  }
  if (auto removed = unconfirmed.remove(folder, uids); !removed) return removed;
  return counts.count_buried(folder);
}

result<void> store::expire(folder_id folder, std::int64_t last) {
  return impl_->guarded([&] { return impl_->messages.expire(folder, last); });
}

result<void> store::drop_stand_in(folder_id folder, uid which) {
  return impl_->guarded([&]() -> result<void> {
    uid_set one;
    one.add(which);
    if (auto removed = impl_->unconfirmed.remove(folder, one); !removed) return removed;
    return impl_->messages.drop_contents(folder, which);
  });
}

result<void> store::put_quarantine(folder_id folder, uid which, std::string_view reason, std::int64_t now) {
  return impl_->guarded([&] { return impl_->quarantine.put(folder, which, reason, now); });
}

result<void> store::clear_quarantine(folder_id folder, uid which) {
  return impl_->guarded([&] { return impl_->quarantine.clear(folder, {which, which}); });
}

result<void> store::put_backup(backup_record& run) {
  if (impl_->open) return fail(errc::internal, "cache: put_backup inside a transaction");
  if (auto counted = count_held(impl_->db, run); !counted) return counted;
  const auto chain = read_runs(runs_of(impl_->file));
  if (!chain) return tl::unexpected(chain.error());
  run_entry entry;
  entry.at = run.ended_at;
  entry.what = run;
  return append_run(runs_of(impl_->file), *chain, entry);
}

result<run_entry> store::put_seal(std::int64_t now, const std::function<bool(std::uint64_t)>& step) {
  if (impl_->open) return fail(errc::internal, "cache: put_seal inside a transaction");
  impl_->sealed = true;
  return make_seal(impl_->db, impl_->file, now, step);
}

result<void> store::put_run(const run_record& run) {
  return impl_->guarded([&] { return impl_->runs.put(run); });
}

}  // namespace outmap::cache
