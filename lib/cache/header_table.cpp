#include "cache/header_table.hpp"

namespace outmap::cache {

header_table::header_table(database& db)
    : db_(db),
      find_(db, "SELECT id FROM header WHERE digest = ?1"),
      insert_(db, "INSERT INTO header (digest, size) VALUES (?1, ?2)"),
      insert_octets_(db, "INSERT INTO header_octets (header, octets) VALUES (?1, ?2)") {}

result<std::int64_t> header_table::put(std::string_view header) {
  const auto key = digester_.of(header);
  if (!key) return tl::unexpected(key.error());
  std::int64_t id = 0;
  const auto found = find_.first([&](const statement& row) { id = row.integer(0); }, *key);
  if (!found) return tl::unexpected(found.error());
  if (*found) return id;
  if (auto done = insert_.execute(*key, header.size()); !done) return tl::unexpected(done.error());
  id = db_.last_rowid();
  if (auto done = insert_octets_.execute(id, octets{header}); !done) return tl::unexpected(done.error());
  return id;
}

}  // namespace outmap::cache
