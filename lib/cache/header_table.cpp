#include "cache/header_table.hpp"

namespace outmap::cache {

header_table::header_table(database& db, segment_writer& mail)
    : db_(db), mail_(mail), insert_(db, "INSERT INTO header (digest, size, segment, start) VALUES (?1, ?2, ?3, ?4)") {}

result<header_table::stored> header_table::put(std::string_view header) {
  const auto sum = digester_.of(header);
  if (!sum) return tl::unexpected(sum.error());
  const auto at = mail_.append(header);
  if (!at) return tl::unexpected(at.error());
  auto done = insert_.execute(*sum, header.size(), at->segment, at->start);
  if (!done) return tl::unexpected(std::move(done.error()));
  mail_.name(*at);
  return stored{db_.last_rowid(), *sum};
}

}  // namespace outmap::cache
