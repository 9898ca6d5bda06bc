#include "cache/held_mail.hpp"

namespace outmap::cache {

result<void> count_held(database& db, backup_record& into) {
  statement ask(db,
                "SELECT count(*), coalesce(sum(b.size), 0), (SELECT count(*) FROM tombstone WHERE adopted = 0)"
                " FROM message AS m LEFT JOIN body AS b ON b.id = m.body");
  const auto counted = ask.first([&](const statement& row) {
    into.held_messages = static_cast<std::uint64_t>(row.integer(0));
    into.held_octets = static_cast<std::uint64_t>(row.integer(1));
    into.held_expunged = static_cast<std::uint64_t>(row.integer(2));
  });
  if (!counted) return tl::unexpected(counted.error());
  return {};
}

}  // namespace outmap::cache
