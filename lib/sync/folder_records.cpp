#include "sync/folder_records.hpp"

#include <cstddef>
#include <utility>

namespace outmap::sync {
namespace {

constexpr std::size_t little = 64;  // octets a posted piece of work counts for that carries next to nothing
constexpr std::size_t states_a_page = 1024;

}  // namespace

void post_uid_validity(cache::writer& to, cache::folder_id folder, uid_validity value) {
  to.post(little, [folder, value](cache::store& into) { return into.set_uid_validity(folder, value); });
}

void post_vanished(cache::writer& to, cache::folder_id folder, uid_set gone, std::int64_t now) {
  const auto octets = gone.ranges().size() * sizeof(uid_range);
  to.post(octets,
          [folder, gone = std::move(gone), now](cache::store& into) { return into.set_vanished(folder, gone, now); });
}

void post_listed_pages(cache::writer& to, cache::folder_id folder, std::vector<cache::listed_page> pages) {
  const auto octets = pages.size() * sizeof(cache::listed_page);
  to.post(octets,
          [folder, pages = std::move(pages)](cache::store& into) { return into.set_listed_pages(folder, pages); });
}

void post_scanned(cache::writer& to, cache::folder_id folder, std::uint64_t exists, std::int64_t now) {
  to.post(little, [folder, exists, now](cache::store& into) { return into.set_scanned(folder, exists, now); });
}

void post_expiry(cache::writer& to, cache::folder_id folder, std::int64_t last) {
  to.post(little, [folder, last](cache::store& into) { return into.expire(folder, last); });
}

result<std::vector<cache::message_state>> held_states(cache::reader& from, cache::folder_id folder, uid after,
                                                      std::size_t most, bool dates) {
  auto states = from.message_states(folder, after, most);
  if (!states || dates) return states;
  for (auto& s : *states) s.has_date = true;
  return states;
}

result<uid_set> held_bodies(cache::reader& from, cache::folder_id folder) {
  uid_set held;
  for (uid last{0};;) {
    const auto page = from.message_states(folder, last, states_a_page);
    if (!page) return tl::unexpected(page.error());
    if (page->empty()) return held;
    for (const auto& s : *page) {
      if (s.has_body) held.add(s.uid);
    }
    last = page->back().uid;
  }
}

}  // namespace outmap::sync
