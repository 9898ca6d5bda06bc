#include "cache/folder_table.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace outmap::cache {

folder_table::folder_table(database& db)
    : put_(db,
           "INSERT INTO folder (mailbox, delimiter, noselect, noinferiors, subscribed) VALUES (?1, ?2, ?3, ?4, ?5)"
           " ON CONFLICT (mailbox) DO UPDATE SET delimiter = excluded.delimiter, noselect = excluded.noselect,"
           " noinferiors = excluded.noinferiors, subscribed = excluded.subscribed, gone = 0"
           " RETURNING id"),
      present_(db, "SELECT id FROM folder WHERE gone = 0 ORDER BY id"),
      mark_gone_(db, "UPDATE folder SET gone = 1 WHERE id = ?1"),
      validity_(db, "SELECT uid_validity FROM folder WHERE id = ?1"),
      set_validity_(db, "UPDATE folder SET uid_validity = ?2, exists_count = 0, scanned_at = 0 WHERE id = ?1"),
      set_scanned_(db, "UPDATE folder SET exists_count = ?2, scanned_at = ?3 WHERE id = ?1"),
      set_unseen_(db, "UPDATE folder SET unseen = ?2 WHERE id = ?1"),
      all_(db, "SELECT id, mailbox, delimiter, gone FROM folder ORDER BY id"),
      rename_(db, "UPDATE folder SET mailbox = ?2 WHERE id = ?1"),
      remove_(db, "DELETE FROM folder WHERE id = ?1") {}

result<folder_id> folder_table::put(const listed_folder& folder) {
  std::optional<int> delimiter;
  if (folder.delimiter) delimiter = static_cast<unsigned char>(*folder.delimiter);
  folder_id id = 0;
  const auto stored = put_.first([&](const statement& row) { id = row.integer(0); }, octets{folder.mailbox.wire()},
                                 delimiter, folder.noselect, folder.noinferiors, folder.subscribed);
  if (!stored) return tl::unexpected(stored.error());
  return id;
}

result<void> folder_table::mark_gone_except(const std::vector<folder_id>& listed) {
  auto sorted = listed;
  std::sort(sorted.begin(), sorted.end());
  std::vector<folder_id> gone;
  auto read = present_.for_each([&](const statement& row) {
    const folder_id id = row.integer(0);
    if (!std::binary_search(sorted.begin(), sorted.end(), id)) gone.push_back(id);
    return true;
  });
  if (!read) return read;
  for (const auto id : gone) {
    if (auto marked = mark_gone_.execute(id); !marked) return marked;
  }
  return {};
}

result<uid_validity> folder_table::validity(folder_id folder) {
  uid_validity value;
  const auto found =
      validity_.first([&](const statement& row) { value.value = static_cast<std::uint32_t>(row.integer(0)); }, folder);
  if (!found) return tl::unexpected(found.error());
  if (!*found) return fail(errc::invalid_argument, "cache: no folder with id " + std::to_string(folder));
  return value;
}

result<void> folder_table::set_validity(folder_id folder, uid_validity value) {
  return set_validity_.execute(folder, value.value);
}

result<void> folder_table::set_scanned(folder_id folder, std::uint32_t exists, std::int64_t now) {
  return set_scanned_.execute(folder, exists, now);
}

result<void> folder_table::set_unseen(folder_id folder, std::uint32_t unseen) {
  return set_unseen_.execute(folder, unseen);
}

result<std::vector<folder_table::named_folder>> folder_table::all() {
  std::vector<named_folder> out;
  auto read = all_.for_each([&](const statement& row) {
    named_folder one{row.integer(0), mailbox_name(std::string(row.view(1))), std::nullopt, row.integer(3) != 0};
    if (!row.null(2)) one.delimiter = static_cast<char>(static_cast<unsigned char>(row.integer(2)));
    out.push_back(std::move(one));
    return true;
  });
  if (!read) return tl::unexpected(std::move(read.error()));
  return out;
}

result<void> folder_table::rename(folder_id folder, const mailbox_name& to) {
  return rename_.execute(folder, octets{to.wire()});
}

result<void> folder_table::remove(folder_id folder) { return remove_.execute(folder); }

}  // namespace outmap::cache
