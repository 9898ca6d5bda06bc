#include "cache/listed_page_table.hpp"

namespace outmap::cache {

listed_page_table::listed_page_table(database& db)
    : put_(db, "INSERT OR REPLACE INTO listed_page (folder, page, digest) VALUES (?1, ?2, ?3)"),
      forget_(db, "DELETE FROM listed_page WHERE folder = ?1 AND page BETWEEN ?2 AND ?3"),
      any_(db, "SELECT 1 FROM listed_page WHERE folder = ?1 LIMIT 1") {}

result<void> listed_page_table::put(folder_id folder, const std::vector<listed_page>& pages) {
  for (const auto& p : pages) {
    if (auto done = put_.execute(folder, p.page, octets{p.form.octets()}); !done) return done;
    may_have_[folder] = true;
  }
  return {};
}

result<void> listed_page_table::forget(folder_id folder, uid_range range) {
  auto known = may_have_.find(folder);
  if (known == may_have_.end()) {
    const auto any = any_.first([](const statement&) {}, folder);
    if (!any) return tl::unexpected(any.error());
    known = may_have_.emplace(folder, *any).first;
  }
  if (!known->second) return {};
  return forget_.execute(folder, page_of(range.first), page_of(range.last));
}

}  // namespace outmap::cache
