#include "cache/mail_octets.hpp"

#include <algorithm>
#include <vector>

#include "cache/digester.hpp"
#include "cache/header_table.hpp"

namespace outmap::cache {
namespace {

std::string name_of(uid which) { return "UID " + std::to_string(which.value); }

tl::unexpected<error> mismatch(const std::string& name, const char* what) {
  return fail(errc::cache_damaged, name + ": the stored " + what + " does not match its SHA-256 digest");
}

}  // namespace

mail_octets::mail_octets(database& db, std::filesystem::path mail_folder, const cache_identity& whose)
    : segments_(std::move(mail_folder), whose),
      header_(db,
              "SELECT h.id, h.segment, h.start, h.size, h.digest,"
              " b.id, b.segment, b.start, b.size, b.header_digest, b.header_size FROM message AS m"
              " JOIN header AS h ON h.id = m.header LEFT JOIN body AS b ON b.id = m.body"
              " WHERE m.folder = ?1 AND m.uid = ?2"),
      body_(db,
            "SELECT b.id, b.segment, b.start, b.size, b.digest FROM message AS m JOIN body AS b ON b.id = m.body"
            " WHERE m.folder = ?1 AND m.uid = ?2"),
      expunged_header_(db,
                       "SELECT h.id, h.segment, h.start, h.size, h.digest,"
                       " b.id, b.segment, b.start, b.size, b.header_digest, b.header_size FROM tombstone AS t"
                       " JOIN header AS h ON h.id = t.header LEFT JOIN body AS b ON b.id = t.body WHERE t.id = ?1"),
      expunged_body_(db,
                     "SELECT b.id, b.segment, b.start, b.size, b.digest FROM tombstone AS t"
                     " JOIN body AS b ON b.id = t.body WHERE t.id = ?1"),
      pieces_(db, "SELECT segment, start, size FROM body_piece WHERE body = ?1 ORDER BY seq"),
      all_bodies_(db, "SELECT id, segment, start, size, digest, header_size, header_digest FROM body ORDER BY id"),
      all_headers_(db, "SELECT id, segment, start, size, digest FROM header WHERE id <> 0 ORDER BY id"),
      old_header_(db, "SELECT octets FROM header_octets WHERE header = ?1"),
      old_whole_(db, "SELECT octets FROM body_octets WHERE body = ?1"),
      old_chunks_(db, "SELECT octets FROM body_chunk WHERE body = ?1 ORDER BY seq") {}

mail_octets::source mail_octets::source_at(const statement& row, int first_column) {
  source out;
  out.id = row.integer(first_column);
  out.at = {row.integer(first_column + 1), static_cast<std::uint64_t>(row.integer(first_column + 2)),
            static_cast<std::uint64_t>(row.integer(first_column + 3))};
  out.sum = row.maybe_digest(first_column + 4);
  if (!row.null(first_column + 1)) out.where = out.at.segment == 0 ? kept::in_pieces : kept::in_segment;
  return out;
}

/// Says whether the callback took everything.
result<bool> mail_octets::stream(const source& from, const taker& take) {
  switch (from.where) {
    case kept::in_segment: return segments_.read(from.at, take);
    case kept::in_pieces: return stream_pieces(from.id, take);
    case kept::in_tables: break;
  }
  return stream_tables(from.id, take);
}

result<bool> mail_octets::stream_pieces(std::int64_t body, const taker& take) {
  std::vector<place> all;
  const auto listed = pieces_.for_each(
      [&](const statement& row) {
        all.push_back(
            {row.integer(0), static_cast<std::uint64_t>(row.integer(1)), static_cast<std::uint64_t>(row.integer(2))});
        return true;
      },
      body);
  if (!listed) return tl::unexpected(listed.error());
  for (const auto& piece : all) {
    const auto went_on = segments_.read(piece, take);
    if (!went_on || !*went_on) return went_on;
  }
  return true;
}

result<bool> mail_octets::stream_tables(std::int64_t body, const taker& take) {
  bool wanted = true;
  const auto pass_on = [&](const statement& row) {
    auto rest = row.view(0);
    while (wanted && !rest.empty()) {
      const auto piece = rest.substr(0, segment_reader::piece);
      rest.remove_prefix(piece.size());
      wanted = take(piece);
    }
    return wanted;
  };
  // A body is one row in the first table or rows in the second, never both.
  for (statement* table : {&old_whole_, &old_chunks_}) {
    if (auto read = table->for_each(pass_on, body); !read) return tl::unexpected(read.error());
    if (!wanted) return false;
  }
  return true;
}

result<std::string> mail_octets::own_header(const source& from) {
  std::string out;
  if (from.where == kept::in_tables) {
    const auto found = old_header_.first([&](const statement& row) { out = row.view(0); }, from.id);
    if (!found) return tl::unexpected(found.error());
    return out;
  }
  const auto read = segments_.read(from.at, [&](std::string_view piece) {
    out += piece;
    return true;
  });
  if (!read) return tl::unexpected(read.error());
  return out;
}

result<std::string> mail_octets::header_in_body(const source& body, std::uint64_t size) {
  std::string out;
  auto from = body;
  // No more than is needed is read.
  if (from.where == kept::in_segment) from.at.size = std::min(from.at.size, size);
  const auto read = stream(from, [&](std::string_view piece) {
    out += piece.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), size - out.size())));
    return out.size() < size;
  });
  if (!read) return tl::unexpected(read.error());
  return out;
}

template <class... Key>
result<std::string> mail_octets::header_by(statement& find, const std::string& name, Key... key) {
  source own;
  source body;
  std::uint64_t size_in_body = 0;
  const auto found = find.first(
      [&](const statement& row) {
        own = source_at(row, 0);
        body = source_at(row, 5);
        size_in_body = static_cast<std::uint64_t>(row.integer(10));
      },
      key...);
  if (!found) return tl::unexpected(found.error());
  if (!*found) return fail(errc::no_such_message, name + ": no header was stored");

  const bool inside = own.id == header_of_body;
  auto out = inside ? header_in_body(body, size_in_body) : own_header(own);
  if (!out) return out;
  digester sum;
  const auto actual = sum.of(*out);
  if (!actual) return tl::unexpected(actual.error());
  if ((inside ? body.sum : own.sum) != *actual) return mismatch(name, "header");
  return out;
}

template <class... Key>
result<void> mail_octets::body_by(statement& find, const std::string& name, const taker& take, Key... key) {
  if (streaming_) return fail(errc::internal, "cache: a body was asked for from the callback that takes one");
  source from;
  const auto found = find.first([&](const statement& row) { from = source_at(row, 0); }, key...);
  if (!found) return tl::unexpected(found.error());
  if (!*found) return fail(errc::no_such_message, name + ": no body was stored");

  struct in_progress {
    bool& flag;
    explicit in_progress(bool& f) : flag(f) { flag = true; }
    ~in_progress() { flag = false; }
  } const mark(streaming_);
  digester sum;
  const auto all = stream(from, [&](std::string_view piece) {
    sum.update(piece);
    return take(piece);
  });
  if (!all) return tl::unexpected(all.error());
  if (!*all) return {};
  const auto actual = sum.finish();
  if (!actual) return tl::unexpected(actual.error());
  if (from.sum != *actual) return mismatch(name, "body");
  return {};
}

result<std::string> mail_octets::header(folder_id folder, uid which) {
  return header_by(header_, name_of(which), folder, which.value);
}

result<void> mail_octets::body(folder_id folder, uid which, const taker& take) {
  return body_by(body_, name_of(which), take, folder, which.value);
}

result<std::string> mail_octets::expunged_header(std::int64_t row) {
  return header_by(expunged_header_, "an expunged message", row);
}

result<void> mail_octets::expunged_body(std::int64_t row, const taker& take) {
  return body_by(expunged_body_, "an expunged message", take, row);
}

result<std::uint64_t> mail_octets::check_body(const source& from, std::optional<std::uint64_t> header_size,
                                              const std::optional<digest>& header_sum) {
  digester whole;
  digester header;
  std::uint64_t read = 0;
  const auto all = stream(from, [&](std::string_view piece) {
    whole.update(piece);
    if (header_size && read < *header_size)
      header.update(
          piece.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), *header_size - read))));
    read += piece.size();
    return true;
  });
  if (!all) return tl::unexpected(all.error());
  const auto actual = whole.finish();
  const auto actual_header = header.finish();
  if (!actual || !actual_header) return tl::unexpected(actual ? actual_header.error() : actual.error());
  if (read != from.at.size) return fail(errc::cache_damaged, "not as large as it was stored");
  if (from.sum != *actual) return fail(errc::cache_damaged, "does not match its SHA-256 digest");
  if (header_size && header_sum != *actual_header)
    return fail(errc::cache_damaged, "its header does not match its SHA-256 digest");
  return read;
}

result<void> mail_octets::check_bodies(const row_judge& told) {
  return all_bodies_.for_each([&](const statement& row) {
    std::optional<std::uint64_t> header_size;
    if (!row.null(5)) header_size = static_cast<std::uint64_t>(row.integer(5));
    const auto from = source_at(row, 0);
    const auto checked = check_body(from, header_size, row.maybe_digest(6));
    return told(from.id, checked.value_or(0), checked ? result<void>() : tl::unexpected(checked.error()));
  });
}

result<void> mail_octets::check_headers(const row_judge& told) {
  return all_headers_.for_each([&](const statement& row) {
    const auto from = source_at(row, 0);
    const auto octets = own_header(from);
    result<void> sound;
    if (!octets) {
      sound = tl::unexpected(octets.error());
    } else {
      digester sum;
      const auto actual = sum.of(*octets);
      if (!actual)
        sound = tl::unexpected(actual.error());
      else if (from.sum != *actual)
        sound = fail(errc::cache_damaged, "does not match its SHA-256 digest");
    }
    return told(from.id, octets ? octets->size() : 0, sound);
  });
}

}  // namespace outmap::cache
