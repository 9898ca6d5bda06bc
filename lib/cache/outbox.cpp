#include "cache/outbox.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "cache/cache_file.hpp"
#include "cache/digester.hpp"
#include "cache/outbox_file.hpp"
#include "cache/outbox_row.hpp"
#include "cache/renamed_mailbox.hpp"

namespace outmap::cache {
namespace {

constexpr std::size_t piece_octets = std::size_t{1} << 20;

result<std::filesystem::path> outbox_of(const std::filesystem::path& cache_file) {
  auto path = resolve(cache_file);
  if (!path) return path;
  return outbox_file_of(*path);
}

bool has_uids(change_kind kind) {
  return kind == change_kind::store || kind == change_kind::copy || kind == change_kind::move ||
         kind == change_kind::expunge;
}

bool has_destination(change_kind kind) {
  return kind == change_kind::copy || kind == change_kind::move || kind == change_kind::rename;
}

result<void> check(const queued_change& what) {
  const auto refuse = [&](const char* why) {
    return fail(errc::invalid_argument, std::string("outbox: ") + to_string(what.kind) + ' ' + why);
  };
  if (what.mailbox.wire().empty()) return refuse("without a mailbox");
  if (has_uids(what.kind) && what.uids.empty()) return refuse("of no messages");
  if (has_uids(what.kind) && what.uids.size() > most_uids) return refuse("of more messages than a mailbox has");
  if (has_uids(what.kind) && what.validity.value == 0) return refuse("without a UIDVALIDITY");
  if (has_destination(what.kind) && what.destination.wire().empty()) return refuse("without a destination");
  if (what.kind == change_kind::store) {
    if (what.flags == flag_change{}) return refuse("of no flags");
    if ((what.flags.add & what.flags.remove) != 0) return refuse("both sets and clears a flag");
  }
  return {};
}

/// The sets of the changes that one wish becomes.
std::vector<uid_set> commands_of(const queued_change& what) {
  switch (what.kind) {
    case change_kind::store: return what.uids.split(outbox::longest_set);
    case change_kind::copy:
    case change_kind::move: return what.uids.split(outbox::longest_set, outbox::most_copies);
    case change_kind::expunge: return {what.uids};
    default: return {uid_set()};
  }
}

std::string selected(std::string_view behind) { return "SELECT " + std::string(change_columns) + std::string(behind); }

tl::unexpected<error> damaged(std::int64_t id) {
  return fail(errc::cache_damaged, "the outbox: change " + std::to_string(id) + " is none of ours");
}

tl::unexpected<error> no_message(change_id id) {
  return fail(errc::no_such_message, "change " + std::to_string(id) + " of the outbox has no message");
}

tl::unexpected<error> altered(change_id id) {
  return fail(errc::cache_damaged, "the outbox: the message of change " + std::to_string(id) + " is not as it was");
}

}  // namespace

std::filesystem::path outbox_file_of(const std::filesystem::path& cache_file) {
  return cache_file.native() + ".outbox";
}

struct outbox::impl {
  impl(database opened, std::string_view whose)
      : db(std::move(opened)),
        account(whose),
        owner(db, "SELECT 1 FROM meta WHERE account = ?1"),
        insert(db,
               "INSERT INTO change (kind, mailbox, uid_validity, uids, add_flags, remove_flags, destination,"
               " appended_flags, date, zone, octets, digest, message_id, queued_at, state)"
               " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, 1)"),
        insert_piece(db, "INSERT INTO message_piece (change, seq, octets) VALUES (?1, ?2, ?3)"),
        all_sql(selected(" FROM change ORDER BY id")),
        one_sql(selected(" FROM change WHERE id = ?1")),
        all(db, all_sql.c_str()),
        one(db, one_sql.c_str()),
        counts(db, "SELECT state, count(*) FROM change GROUP BY state"),
        piece(db, "SELECT octets FROM message_piece WHERE change = ?1 AND seq = ?2"),
        kept(db, "SELECT digest, octets FROM change WHERE id = ?1 AND kind = 4"),
        data_version(db, "PRAGMA data_version"),
        sending(db,
                "UPDATE change SET state = 2, before_validity = ?2, before_exists = ?3, before_highest = ?4 WHERE id = "
                "?1"),
        reached(db, "UPDATE change SET state = 1, step = ?2, not_before = 0 WHERE id = ?1"),
        later(db, "UPDATE change SET state = 1, attempts = attempts + 1, not_before = ?2, reason = ?3 WHERE id = ?1"),
        is_done(db, "UPDATE change SET state = 3, reason = x'', server_text = x'' WHERE id = ?1"),
        names(db, "UPDATE change SET mailbox = ?2, destination = ?3 WHERE id = ?1"),
        gone(db, "DELETE FROM change WHERE id = ?1"),
        is_refused(db, "UPDATE change SET state = 4, server_text = ?2, reason = x'' WHERE id = ?1"),
        in_conflict(db, "UPDATE change SET state = 5, reason = ?2 WHERE id = ?1"),
        settled(db,
                "DELETE FROM change WHERE state = 3 AND id <= ?2"
                " AND CASE WHEN kind IN (2, 3, 8) THEN destination ELSE mailbox END = ?1"),
        all_settled(db, "DELETE FROM change WHERE state = 3 AND id <= ?1"),
        again(db,
              "UPDATE change SET state = CASE state WHEN 2 THEN 2 ELSE 1 END, not_before = 0, server_text = x'',"
              " reason = x'' WHERE id = ?1 AND state <> 3") {}

  /// `work` in a transaction of its own.
  template <class F>
  auto written(F&& work) -> decltype(work()) {
    auto open = transaction::begin(db, transaction::kind::write);
    if (!open) return tl::unexpected(std::move(open.error()));
    auto outcome = work();
    if (!outcome) return outcome;
    if (auto committed = open->commit(); !committed) return tl::unexpected(std::move(committed.error()));
    return outcome;
  }

  /// While it held no change, another account may have taken it over.
  result<void> still_ours() {
    const auto found = owner.first([](const statement&) {}, octets{account});
    if (!found) return tl::unexpected(found.error());
    if (!*found) return fail(errc::cache_other_account, "the outbox is no longer that of " + account);
    return {};
  }

  result<change_id> add(const queued_change& what, const uid_set& uids, const std::optional<digest>& sum) {
    const auto set = packed(uids);
    std::optional<std::int64_t> date;
    std::optional<int> zone;
    if (what.date) {
      date = what.date->unix_seconds;
      zone = what.date->zone_minutes;
    }
    const auto kind = static_cast<std::uint8_t>(what.kind);
    auto inserted = insert.execute(kind, octets{what.mailbox.wire()}, what.validity.value, octets{set}, what.flags.add,
                                   what.flags.remove, octets{what.destination.wire()}, what.appended_flags, date, zone,
                                   what.octets, sum, octets{what.message_id}, what.queued_at);
    if (!inserted) return tl::unexpected(std::move(inserted.error()));
    return db.last_rowid();
  }

  result<void> add_message(change_id to, std::string_view message) {
    for (std::int64_t seq = 0; !message.empty(); ++seq) {
      const auto piece = message.substr(0, piece_octets);
      if (auto ok = insert_piece.execute(to, seq, octets{piece}); !ok) return ok;
      message.remove_prefix(piece.size());
    }
    return {};
  }

  database db;
  std::string account;
  statement owner;
  statement insert;
  statement insert_piece;
  std::string all_sql;
  std::string one_sql;
  statement all;
  statement one;
  statement counts;
  statement piece;
  statement kept;
  statement data_version;
  statement sending;
  statement reached;
  statement later;
  statement is_done;
  statement names;
  statement gone;
  statement is_refused;
  statement in_conflict;
  statement settled;
  statement all_settled;
  statement again;
};

outbox::outbox(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
outbox::~outbox() = default;

result<std::unique_ptr<outbox>> outbox::open(const std::filesystem::path& cache_file, std::string_view account) {
  const auto path = outbox_of(cache_file);
  if (!path) return tl::unexpected(path.error());
  auto db = open_outbox(*path, account);
  if (!db) return tl::unexpected(std::move(db.error()));
  return std::unique_ptr<outbox>(new outbox(std::make_unique<impl>(std::move(*db), account)));
}

result<std::unique_ptr<outbox>> outbox::open_existing(const std::filesystem::path& cache_file,
                                                      std::string_view account) {
  const auto path = outbox_of(cache_file);
  if (!path) return tl::unexpected(path.error());
  auto db = open_existing_outbox(*path, account);
  if (!db) return tl::unexpected(std::move(db.error()));
  if (!*db) return std::unique_ptr<outbox>();
  return std::unique_ptr<outbox>(new outbox(std::make_unique<impl>(std::move(**db), account)));
}

result<file_lock> outbox::lock_for_sending(const std::filesystem::path& cache_file) {
  const auto path = outbox_of(cache_file);
  if (!path) return tl::unexpected(path.error());
  return file_lock::take(path->native() + ".lock");
}

result<std::vector<queued_change>> outbox::planned(const queued_change& what) {
  if (what.kind == change_kind::append) return fail(errc::internal, "outbox: an append is recorded with its message");
  if (auto sound = check(what); !sound) return tl::unexpected(std::move(sound.error()));
  std::vector<queued_change> out;
  for (auto& set : commands_of(what)) {
    out.push_back(what);
    out.back().uids = std::move(set);
  }
  return out;
}

result<queued_change> outbox::planned_append(const queued_change& what, std::string_view message) {
  auto out = what;
  out.kind = change_kind::append;
  out.octets = message.size();
  if (auto sound = check(out); !sound) return tl::unexpected(std::move(sound.error()));
  digester sums;
  const auto sum = sums.of(message);
  if (!sum) return tl::unexpected(sum.error());
  out.digest = to_hex(*sum);
  return out;
}

result<void> outbox::may_drop(const queued_change& change) {
  if (change.state == change_state::in_doubt) {
    return fail(errc::invalid_argument,
                "change " + std::to_string(change.id) + " may have reached the server; sending again finds out");
  }
  if (change.state == change_state::waiting && change.step > 0) {
    return fail(errc::invalid_argument,
                "change " + std::to_string(change.id) + " is half done; sending again completes it");
  }
  return {};
}

result<std::vector<change_id>> outbox::record(const queued_change& what) {
  const auto parts = planned(what);
  if (!parts) return tl::unexpected(parts.error());
  return impl_->written([&]() -> result<std::vector<change_id>> {
    if (auto ours = impl_->still_ours(); !ours) return tl::unexpected(std::move(ours.error()));
    std::vector<change_id> out;
    out.reserve(parts->size());
    for (const auto& part : *parts) {
      const auto id = impl_->add(part, part.uids, std::nullopt);
      if (!id) return tl::unexpected(id.error());
      out.push_back(*id);
    }
    return out;
  });
}

result<change_id> outbox::record_append(const queued_change& what, std::string_view message) {
  const auto whole = planned_append(what, message);
  if (!whole) return tl::unexpected(whole.error());
  return impl_->written([&]() -> result<change_id> {
    if (auto ours = impl_->still_ours(); !ours) return tl::unexpected(std::move(ours.error()));
    const auto id = impl_->add(*whole, {}, digest_from_hex(whole->digest));
    if (!id) return id;
    if (auto kept = impl_->add_message(*id, message); !kept) return tl::unexpected(std::move(kept.error()));
    return id;
  });
}

result<std::vector<queued_change>> outbox::list() {
  std::vector<queued_change> out;
  std::optional<change_id> broken;
  const auto read = impl_->all.for_each([&](const statement& row) {
    auto change = change_at(row);
    if (change)
      out.push_back(std::move(*change));
    else
      broken = row.integer(0);
    return change.has_value();
  });
  if (!read) return tl::unexpected(read.error());
  if (broken) return damaged(*broken);
  return out;
}

result<std::optional<queued_change>> outbox::find(change_id id) {
  std::optional<queued_change> out;
  const auto found = impl_->one.first([&](const statement& row) { out = change_at(row); }, id);
  if (!found) return tl::unexpected(found.error());
  if (*found && !out) return damaged(id);
  return out;
}

result<outbox_counts> outbox::count() {
  outbox_counts out;
  const auto read = impl_->counts.for_each([&](const statement& row) {
    const auto number = static_cast<std::uint64_t>(row.integer(1));
    switch (static_cast<change_state>(row.integer(0))) {
      case change_state::waiting: out.waiting = number; break;
      case change_state::in_doubt: out.in_doubt = number; break;
      case change_state::done: out.done = number; break;
      case change_state::refused: out.refused = number; break;
      case change_state::conflict: out.conflict = number; break;
    }
    return true;
  });
  if (!read) return tl::unexpected(read.error());
  return out;
}

// Piece by piece, so that nobody who records waits for the callback; a change never gets another message.
result<void> outbox::message(change_id id, const std::function<bool(std::string_view)>& take) {
  std::optional<digest> expected;
  std::uint64_t left = 0;
  const auto found = impl_->kept.first(
      [&](const statement& row) {
        expected = row.maybe_digest(0);
        left = static_cast<std::uint64_t>(row.integer(1));
      },
      id);
  if (!found) return tl::unexpected(found.error());
  if (!*found) return no_message(id);
  digester sums;
  for (std::int64_t seq = 0; left > 0; ++seq) {
    std::string piece;
    const auto there = impl_->piece.first([&](const statement& row) { piece = row.view(0); }, id, seq);
    if (!there) return tl::unexpected(there.error());
    if (!*there) return no_message(id);
    if (piece.empty() || piece.size() > left) return altered(id);
    left -= piece.size();
    sums.update(piece);
    if (!take(piece)) return {};
  }
  const auto sum = sums.finish();
  if (!sum) return tl::unexpected(sum.error());
  if (*sum != expected) return altered(id);
  return {};
}

result<std::uint64_t> outbox::version() {
  std::uint64_t others = 0;
  const auto asked =
      impl_->data_version.first([&](const statement& row) { others = static_cast<std::uint64_t>(row.integer(0)); });
  if (!asked) return tl::unexpected(asked.error());
  const auto own = static_cast<std::uint32_t>(sqlite3_total_changes64(impl_->db.handle()));
  return others << 32 | own;
}

result<void> outbox::mark_sending(change_id id, const std::optional<mailbox_mark>& before) {
  if (!before) return impl_->sending.execute(id, std::nullopt, std::nullopt, std::nullopt);
  return impl_->sending.execute(id, before->validity.value, before->exists, before->highest.value);
}

result<void> outbox::advance(change_id id, std::uint32_t step) { return impl_->reached.execute(id, step); }

result<void> outbox::postpone(change_id id, std::int64_t not_before, std::string_view reason) {
  return impl_->later.execute(id, not_before, octets{reason});
}

result<void> outbox::done(change_id id) { return impl_->is_done.execute(id); }

result<void> outbox::finish(change_id id) { return impl_->gone.execute(id); }

result<void> outbox::refuse(change_id id, std::string_view server_text) {
  return impl_->is_refused.execute(id, octets{server_text});
}

result<void> outbox::conflict(change_id id, std::string_view reason) {
  return impl_->in_conflict.execute(id, octets{reason});
}

result<void> outbox::settle(const mailbox_name& mailbox, change_id last) {
  return impl_->settled.execute(octets{mailbox.wire()}, last);
}

result<void> outbox::settle(change_id last) { return impl_->all_settled.execute(last); }

result<void> outbox::follow_rename(const mailbox_name& from, const mailbox_name& to, std::optional<char> delimiter,
                                   change_id until) {
  return impl_->written([&]() -> result<void> {
    const auto changes = list();
    if (!changes) return tl::unexpected(changes.error());
    for (const auto& change : *changes) {
      if (change.id >= until) break;
      const auto mailbox = renamed_mailbox(change.mailbox, from, to, delimiter);
      const auto destination = renamed_mailbox(change.destination, from, to, delimiter);
      if (!mailbox && !destination) continue;
      auto done = impl_->names.execute(change.id, octets{mailbox.value_or(change.mailbox).wire()},
                                       octets{destination.value_or(change.destination).wire()});
      if (!done) return done;
    }
    return {};
  });
}

result<bool> outbox::retry(change_id id) {
  return impl_->written([&]() -> result<bool> {
    const auto known = find(id);
    if (!known) return tl::unexpected(known.error());
    if (!*known) return false;
    if (auto done = impl_->again.execute(id); !done) return tl::unexpected(std::move(done.error()));
    return true;
  });
}

result<bool> outbox::drop(change_id id) {
  return impl_->written([&]() -> result<bool> {
    const auto known = find(id);
    if (!known) return tl::unexpected(known.error());
    if (!*known) return false;
    if (auto allowed = may_drop(**known); !allowed) return tl::unexpected(std::move(allowed.error()));
    if (auto dropped = impl_->gone.execute(id); !dropped) return tl::unexpected(std::move(dropped.error()));
    return true;
  });
}

}  // namespace outmap::cache
