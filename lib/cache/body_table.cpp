#include "cache/body_table.hpp"

#include <utility>

#include "cache/message_header.hpp"

namespace outmap::cache {
namespace {

// The index that find() uses says the same.
static_assert(body_table::shared_octets == 8192);

// What is held of a body must be enough to find the header in.
static_assert(body_table::held >= header_bound);

tl::unexpected<error> unknown_transfer() {
  return fail(errc::invalid_argument, "cache: a transfer that was never begun, has ended or was rolled back");
}

}  // namespace

body_table::body_table(database& db, segment_writer& mail)
    : db_(db),
      mail_(mail),
      find_(db,
            "SELECT id, header_size FROM body WHERE substr(digest, 1, 8) = substr(?1, 1, 8) AND digest = ?1"
            " AND size >= 8192"),
      digest_of_(db, "SELECT digest FROM body WHERE id = ?1"),
      insert_(db,
              "INSERT INTO body (digest, size, segment, start, header_size, header_digest)"
              " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"),
      insert_piece_(db, "INSERT INTO body_piece (body, seq, segment, start, size) VALUES (?1, ?2, ?3, ?4, ?5)"),
      learn_header_(db, "UPDATE body SET header_size = ?2, header_digest = ?3 WHERE id = ?1") {}

result<std::optional<body_table::stored>> body_table::find(const digest& key, std::uint64_t size) {
  if (size < shared_octets) return std::nullopt;
  std::optional<stored> out;
  const auto found = find_.first([&](const statement& row) { out = stored{row.integer(0), size, !row.null(1)}; }, key);
  if (!found) return tl::unexpected(found.error());
  return out;
}

result<std::optional<body_table::beginning>> body_table::look_for_header(std::string_view head, bool whole) {
  const auto header = header_of(head, whole);
  if (!header) return std::nullopt;
  const auto sum = digester_.of(*header);
  if (!sum) return tl::unexpected(sum.error());
  return beginning{header->size(), *sum};
}

result<body_table::stored> body_table::insert(const digest& key, std::uint64_t size, const place& at,
                                              const std::optional<beginning>& header) {
  std::optional<std::size_t> header_size;
  std::optional<digest> header_sum;
  if (header) {
    header_size = header->size;
    header_sum = header->sum;
  }
  auto done = insert_.execute(key, size, at.segment, at.start, header_size, header_sum);
  if (!done) return tl::unexpected(std::move(done.error()));
  mail_.name(at);
  return stored{db_.last_rowid(), size, header.has_value()};
}

/// A body that was stored before headers were looked for in bodies learns of its own.
result<body_table::stored> body_table::adopt_known(stored known, const std::optional<beginning>& header) {
  if (known.has_header || !header) return known;
  auto done = learn_header_.execute(known.id, header->size, header->sum);
  if (!done) return tl::unexpected(std::move(done.error()));
  known.has_header = true;
  return known;
}

result<body_table::stored> body_table::put(std::string_view body) {
  const auto key = digester_.of(body);
  if (!key) return tl::unexpected(key.error());
  return put(*key, body);
}

result<body_table::stored> body_table::put(const digest& key, std::string_view body) {
  const auto known = find(key, body.size());
  if (!known) return tl::unexpected(known.error());
  if (*known && (*known)->has_header) return **known;
  const auto header = look_for_header(body, true);
  if (!header) return tl::unexpected(header.error());
  if (*known) return adopt_known(**known, *header);
  const auto at = mail_.append(body);
  if (!at) return tl::unexpected(at.error());
  return insert(key, body.size(), *at, *header);
}

result<body_table::stored> body_table::put_again(std::int64_t known, std::string_view body) {
  const auto key = digester_.of(body);
  if (!key) return tl::unexpected(key.error());
  bool same = false;
  const auto found = digest_of_.first([&](const statement& row) { same = row.maybe_digest(0) == *key; }, known);
  if (!found) return tl::unexpected(found.error());
  return same ? stored{known, body.size(), false} : put(*key, body);
}

transfer body_table::begin() {
  const transfer id{++last_transfer_};
  open_.try_emplace(id);
  return id;
}

result<void> body_table::stream(collecting& what, std::string_view octets) {
  if (octets.empty()) return {};
  const auto at = mail_.append(octets);
  if (!at) return tl::unexpected(at.error());
  if (!what.pieces.empty()) {
    auto& last = what.pieces.back();
    if (last.segment == at->segment && last.start + last.size == at->start) {
      last.size += at->size;
      return {};
    }
  }
  what.pieces.push_back(*at);
  return {};
}

result<void> body_table::append(transfer to, std::string_view more) {
  const auto found = open_.find(to);
  if (found == open_.end()) return unknown_transfer();
  auto& what = found->second;
  what.sum.update(more);
  what.size += more.size();
  if (what.streams) return stream(what, more);

  const auto taken = more.substr(0, held - what.head.size());
  what.head += taken;
  more.remove_prefix(taken.size());
  // A full head waits until more comes: a body that it is all of may be known already.
  if (more.empty()) return {};
  const auto header = look_for_header(what.head, false);
  if (!header) return tl::unexpected(header.error());
  what.header = *header;
  what.streams = true;
  if (auto done = stream(what, what.head); !done) return done;
  what.head = std::string();
  return stream(what, more);
}

result<body_table::stored> body_table::seal(collecting& what, const digest& key) {
  const auto known = find(key, what.size);
  if (!known) return tl::unexpected(known.error());
  if (*known) {
    discard(what);
    return adopt_known(**known, what.header);
  }
  if (what.pieces.size() == 1) return insert(key, what.size, what.pieces.front(), what.header);
  auto body = insert(key, what.size, place{}, what.header);
  if (!body) return body;
  std::int64_t seq = 0;
  for (const auto& piece : what.pieces) {
    auto done = insert_piece_.execute(body->id, seq++, piece.segment, piece.start, piece.size);
    if (!done) return tl::unexpected(std::move(done.error()));
    mail_.name(piece);
  }
  return body;
}

result<body_table::stored> body_table::finish(transfer from) {
  auto node = open_.extract(from);
  if (node.empty()) return unknown_transfer();
  auto& what = node.mapped();
  const auto key = what.sum.finish();
  if (!key) return tl::unexpected(key.error());
  return what.streams ? seal(what, *key) : put(*key, what.head);
}

void body_table::discard(const collecting& what) noexcept {
  for (const auto& piece : what.pieces) mail_.discard(piece);
}

result<void> body_table::abandon(transfer which) {
  auto node = open_.extract(which);
  if (node.empty()) return unknown_transfer();
  discard(node.mapped());
  return {};
}

}  // namespace outmap::cache
