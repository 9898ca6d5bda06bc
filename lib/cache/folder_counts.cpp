#include "cache/folder_counts.hpp"

namespace outmap::cache {

folder_counts::folder_counts(database& db)
    : body_(db, "SELECT b.size FROM message AS m JOIN body AS b ON b.id = m.body WHERE m.folder = ?1 AND m.uid = ?2"),
      newest_tombstone_(db, "SELECT max(id) FROM tombstone"),
      buried_(db,
              "SELECT count(*), count(t.body), coalesce(sum(b.size), 0) FROM tombstone AS t"
              " LEFT JOIN body AS b ON b.id = t.body WHERE t.id > ?1"),
      add_(db,
           "UPDATE folder SET messages = messages + ?2, bodies = bodies + ?3, body_octets = body_octets + ?4"
           " WHERE id = ?1"),
      clear_(db, "UPDATE folder SET messages = 0, bodies = 0, body_octets = 0 WHERE id = ?1") {}

void folder_counts::put(folder_id folder, bool new_message, std::optional<std::uint64_t> new_body) {
  if (!new_message && !new_body) return;
  auto& change = changed_[folder];
  if (new_message) ++change.messages;
  if (!new_body) return;
  ++change.bodies;
  change.body_octets += static_cast<std::int64_t>(*new_body);
}

result<void> folder_counts::lose_body(folder_id folder, uid which) {
  std::int64_t size = 0;
  const auto found = body_.first([&](const statement& row) { size = row.integer(0); }, folder, which.value);
  if (!found) return tl::unexpected(found.error());
  if (!*found) return {};
  auto& change = changed_[folder];
  --change.bodies;
  change.body_octets -= size;
  return {};
}

result<void> folder_counts::clear(folder_id folder) {
  changed_.erase(folder);
  return clear_.execute(folder);
}

result<void> folder_counts::before_burial() {
  const auto found = newest_tombstone_.first([&](const statement& row) { last_tombstone_ = row.integer(0); });
  if (!found) return tl::unexpected(found.error());
  return {};
}

result<void> folder_counts::count_buried(folder_id folder) {
  const auto found = buried_.first(
      [&](const statement& row) {
        if (row.integer(0) == 0) return;
        auto& change = changed_[folder];
        change.messages -= row.integer(0);
        change.bodies -= row.integer(1);
        change.body_octets -= row.integer(2);
      },
      last_tombstone_);
  if (!found) return tl::unexpected(found.error());
  return {};
}

result<void> folder_counts::write() {
  for (const auto& [folder, change] : changed_) {
    if (auto added = add_.execute(folder, change.messages, change.bodies, change.body_octets); !added) return added;
  }
  changed_.clear();
  return {};
}

}  // namespace outmap::cache
