#include "cache/listed_page_table.hpp"

#include "cache/listed_flags.hpp"

namespace outmap::cache {

listed_page_table::listed_page_table(database& db)
    : put_(db, "INSERT OR REPLACE INTO listed_page (folder, page, form) VALUES (?1, ?2, ?3)"),
      find_(db, listed_flags::find_sql),
      within_(db, "SELECT page, form FROM listed_page WHERE folder = ?1 AND page BETWEEN ?2 AND ?3"),
      forget_(db, "DELETE FROM listed_page WHERE folder = ?1 AND page BETWEEN ?2 AND ?3"),
      any_(db, "SELECT 1 FROM listed_page WHERE folder = ?1 LIMIT 1"),
      rows_(db,
            "SELECT uid, flags, keywords IS NOT NULL FROM message WHERE folder = ?1 AND uid BETWEEN ?2 AND ?3"
            " ORDER BY uid"),
      set_row_(db, "UPDATE message SET flags = ?3, keywords = NULL WHERE folder = ?1 AND uid = ?2") {}

result<bool> listed_page_table::has_any(folder_id folder) {
  auto known = may_have_.find(folder);
  if (known == may_have_.end()) {
    const auto any = any_.first([](const statement&) {}, folder);
    if (!any) return tl::unexpected(any.error());
    known = may_have_.emplace(folder, *any).first;
  }
  return known->second;
}

result<void> listed_page_table::put(folder_id folder, const std::vector<listed_page>& pages) {
  for (const auto& p : pages) {
    if (!p.form.is_spelled_out()) {
      if (auto done = forget(folder, {first_of(p.page), last_of(p.page)}); !done) return done;
    }
    if (auto done = put_.execute(folder, p.page, octets{p.form.octets()}); !done) return done;
    may_have_[folder] = true;
  }
  return {};
}

result<std::optional<page_form>> listed_page_table::form_of(folder_id folder, std::uint32_t page) {
  std::optional<page_form> form;
  const auto any = has_any(folder);
  if (!any) return tl::unexpected(any.error());
  if (!*any) return form;
  const auto found = find_.first([&](const statement& row) { form = page_form::from(row.view(0)); }, folder, page);
  if (!found) return tl::unexpected(found.error());
  return form;
}

result<bool> listed_page_table::set_flags(folder_id folder, uid which, const flag_set& flags) {
  const auto form = form_of(folder, page_of(which));
  if (!form) return tl::unexpected(form.error());
  const auto changed = *form ? (*form)->with_flags(which, flags) : std::nullopt;
  if (!changed) return false;
  if (auto done = put_.execute(folder, page_of(which), octets{changed->octets()}); !done)
    return tl::unexpected(std::move(done.error()));
  return true;
}

result<std::optional<page_form>> listed_page_table::remove(folder_id folder, std::span<const uid> messages) {
  const auto page = page_of(messages.front());
  const auto form = form_of(folder, page);
  if (!form || !*form) return form;
  auto rest = (*form)->is_spelled_out() ? *form : std::nullopt;
  for (const auto which : messages) {
    if (rest && rest->flags_of(which)) rest = rest->without(which);
  }
  auto done = rest ? put_.execute(folder, page, octets{rest->octets()}) : forget_.execute(folder, page, page);
  if (!done) return tl::unexpected(std::move(done.error()));
  return (*form)->is_spelled_out() ? *form : std::nullopt;
}

result<void> listed_page_table::forget(folder_id folder, uid_range range) {
  const auto any = has_any(folder);
  if (!any) return tl::unexpected(any.error());
  if (!*any) return {};
  result<void> written;
  const auto read = within_.for_each(
      [&](const statement& row) {
        const auto form = page_form::from(row.view(1));
        if (form && form->is_spelled_out())
          written = write_flags(folder, static_cast<std::uint32_t>(row.integer(0)), *form);
        return written.has_value();
      },
      folder, page_of(range.first), page_of(range.last));
  if (!read) return read;
  if (!written) return written;
  return forget_.execute(folder, page_of(range.first), page_of(range.last));
}

result<void> listed_page_table::write_flags(folder_id folder, std::uint32_t page, const page_form& form) {
  std::vector<message_state> stale;
  const auto read = rows_.for_each(
      [&](const statement& row) {
        const uid which{static_cast<std::uint32_t>(row.integer(0))};
        const auto flags = form.flags_of(which);
        if (flags && (row.integer(1) != flags->system_bits() || row.integer(2) != 0))
          stale.push_back({which, *flags, true, true});
        return true;
      },
      folder, first_of(page).value, last_of(page).value);
  if (!read) return read;
  for (const auto& message : stale) {
    if (auto set = set_row_.execute(folder, message.uid.value, message.flags.system_bits()); !set) return set;
  }
  return {};
}

}  // namespace outmap::cache
