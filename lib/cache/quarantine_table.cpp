#include "cache/quarantine_table.hpp"

namespace outmap::cache {

quarantine_table::quarantine_table(database& db)
    : put_(db,
           "INSERT INTO quarantine (folder, uid, reason, first_seen, last_tried, tries) VALUES (?1, ?2, ?3, ?4, ?4, 1)"
           " ON CONFLICT (folder, uid) DO UPDATE SET reason = excluded.reason, last_tried = excluded.last_tried,"
           " tries = tries + 1"),
      clear_(db, "DELETE FROM quarantine WHERE folder = ?1 AND uid BETWEEN ?2 AND ?3"),
      any_(db, "SELECT 1 FROM quarantine WHERE folder = ?1 LIMIT 1") {}

result<void> quarantine_table::put(folder_id folder, uid which, std::string_view reason, std::int64_t now) {
  return put_.execute(folder, which.value, text{reason}, now);
}

result<void> quarantine_table::clear(folder_id folder, uid_range range) {
  return clear_.execute(folder, range.first.value, range.last.value);
}

result<bool> quarantine_table::any(folder_id folder) {
  return any_.first([](const statement&) {}, folder);
}

}  // namespace outmap::cache
