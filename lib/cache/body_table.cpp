#include "cache/body_table.hpp"

#include <algorithm>

#include "cache/message_header.hpp"

namespace outmap::cache {
namespace {

// The first chunk of a body must be enough to find the header in.
static_assert(body_table::piece >= header_bound);

tl::unexpected<error> unknown_transfer() {
  return fail(errc::invalid_argument, "cache: a transfer that was never begun, has ended or was rolled back");
}

}  // namespace

body_table::body_table(database& db)
    : db_(db),
      find_(db, "SELECT id FROM body WHERE digest = ?1"),
      insert_(db, "INSERT INTO body (digest, size) VALUES (?1, ?2)"),
      insert_octets_(db, "INSERT INTO body_octets (body, octets) VALUES (?1, ?2)"),
      insert_chunk_(db, "INSERT INTO body_chunk (body, seq, octets) VALUES (?1, ?2, ?3)"),
      drop_chunks_(db, "DELETE FROM body_chunk WHERE body = ?1"),
      seal_(db, "UPDATE body SET digest = ?2, size = ?3 WHERE id = ?1") {}

result<std::optional<std::int64_t>> body_table::find(const digest& key) {
  std::optional<std::int64_t> id;
  const auto found = find_.first([&](const statement& row) { id = row.integer(0); }, key);
  if (!found) return tl::unexpected(found.error());
  return id;
}

result<std::int64_t> body_table::insert_whole(const digest& key, std::string_view body) {
  if (auto done = insert_.execute(key, body.size()); !done) return tl::unexpected(done.error());
  const auto id = db_.last_rowid();
  if (auto done = insert_octets_.execute(id, octets{body}); !done) return tl::unexpected(done.error());
  return id;
}

result<std::int64_t> body_table::insert_chunked(const digest& key, std::string_view body) {
  if (auto done = insert_.execute(key, body.size()); !done) return tl::unexpected(done.error());
  const auto id = db_.last_rowid();
  for (std::int64_t seq = 0; !body.empty(); ++seq) {
    const auto chunk = body.substr(0, piece);
    if (auto done = insert_chunk_.execute(id, seq, octets{chunk}); !done) return tl::unexpected(done.error());
    body.remove_prefix(chunk.size());
  }
  return id;
}

result<std::int64_t> body_table::put(std::string_view body) {
  const auto key = digester_.of(body);
  if (!key) return tl::unexpected(key.error());
  const auto known = find(*key);
  if (!known) return tl::unexpected(known.error());
  if (*known) return **known;
  return body.size() <= piece ? insert_whole(*key, body) : insert_chunked(*key, body);
}

transfer body_table::begin() {
  const transfer id{++last_transfer_};
  open_.try_emplace(id);
  return id;
}

result<void> body_table::store_chunk(collecting& what, std::string_view chunk) {
  if (what.body == 0) {
    if (auto done = insert_.execute(std::nullopt, 0); !done) return done;
    what.body = db_.last_rowid();
    if (const auto header = header_of(chunk, false)) what.header = *header;
  }
  return insert_chunk_.execute(what.body, what.chunks++, octets{chunk});
}

result<void> body_table::append(transfer to, std::string_view more) {
  const auto found = open_.find(to);
  if (found == open_.end()) return unknown_transfer();
  auto& what = found->second;
  what.sum.update(more);
  what.size += more.size();
  while (!more.empty()) {
    if (what.pending.empty() && more.size() > piece) {
      if (auto stored = store_chunk(what, more.substr(0, piece)); !stored) return stored;
      more.remove_prefix(piece);
      continue;
    }
    // A full piece waits until more comes: what fits in one piece must become one row.
    if (what.pending.size() == piece) {
      if (auto stored = store_chunk(what, what.pending); !stored) return stored;
      what.pending.clear();
    }
    const auto taken = more.substr(0, piece - what.pending.size());
    what.pending += taken;
    more.remove_prefix(taken.size());
  }
  return {};
}

result<std::int64_t> body_table::seal(collecting& what, const digest& key) {
  const auto known = find(key);
  if (!known) return tl::unexpected(known.error());
  if (*known) {
    if (what.body != 0) {
      if (auto done = drop_chunks_.execute(what.body); !done) return tl::unexpected(done.error());
    }
    return **known;
  }
  if (what.body == 0) return insert_whole(key, what.pending);
  if (!what.pending.empty()) {
    if (auto done = store_chunk(what, what.pending); !done) return tl::unexpected(done.error());
  }
  if (auto done = seal_.execute(what.body, key, what.size); !done) return tl::unexpected(done.error());
  return what.body;
}

result<body_table::finished> body_table::finish(transfer from) {
  auto node = open_.extract(from);
  if (node.empty()) return unknown_transfer();
  auto& what = node.mapped();
  if (what.body == 0) {
    if (const auto header = header_of(what.pending, true)) what.header = *header;
  }
  const auto key = what.sum.finish();
  if (!key) return tl::unexpected(key.error());
  const auto body = seal(what, *key);
  if (!body) return tl::unexpected(body.error());
  return finished{*body, std::move(what.header)};
}

result<void> body_table::abandon(transfer which) {
  auto node = open_.extract(which);
  if (node.empty()) return unknown_transfer();
  if (node.mapped().body == 0) return {};
  // The row without a digest stays until the next opening, see clear_unfinished().
  return drop_chunks_.execute(node.mapped().body);
}

result<void> body_table::clear_unfinished(database& db) {
  statement any(db, "SELECT 1 FROM body WHERE digest IS NULL LIMIT 1");
  const auto found = any.first([](const statement&) {});
  if (!found) return tl::unexpected(found.error());
  if (!*found) return {};
  auto work = transaction::begin(db, transaction::kind::write);
  if (!work) return tl::unexpected(work.error());
  auto cleared = db.run(
      "DELETE FROM body_chunk WHERE body IN (SELECT id FROM body WHERE digest IS NULL);"
      "DELETE FROM body WHERE digest IS NULL");
  if (!cleared) return cleared;
  return work->commit();
}

}  // namespace outmap::cache
