#include "cache/unconfirmed_bodies.hpp"

#include <algorithm>
#include <iterator>

namespace outmap::cache {
namespace {

bool before(const uid_range& a, const uid_range& b) { return a.first != b.first ? a.first < b.first : a.last < b.last; }

/// The ranges that stand in `a` and not, exactly so, in `b`.
std::vector<uid_range> only_in(const uid_set& a, const uid_set& b) {
  std::vector<uid_range> out;
  std::set_difference(a.ranges().begin(), a.ranges().end(), b.ranges().begin(), b.ranges().end(),
                      std::back_inserter(out), before);
  return out;
}

}  // namespace

unconfirmed_bodies::unconfirmed_bodies(database& db)
    : all_(db, "SELECT first, last FROM unconfirmed WHERE folder = ?1 ORDER BY first"),
      insert_(db, "INSERT INTO unconfirmed (folder, first, last) VALUES (?1, ?2, ?3)"),
      erase_(db, "DELETE FROM unconfirmed WHERE folder = ?1 AND first = ?2"),
      clear_(db, "DELETE FROM unconfirmed WHERE folder = ?1") {}

result<unconfirmed_bodies::of_folder*> unconfirmed_bodies::find(folder_id folder) {
  if (const auto at = known_.find(folder); at != known_.end()) return &at->second;
  of_folder what;
  bool sound = true;
  auto read = all_.for_each(
      [&](const statement& row) {
        const auto first = row.integer(0);
        const auto last = row.integer(1);
        sound = first >= 1 && first <= last && last <= UINT32_MAX;
        const uid_range range{{static_cast<std::uint32_t>(first)}, {static_cast<std::uint32_t>(last)}};
        if (sound) what.written.add(range);
        // Ranges that touch are written as one.
        sound = sound && what.written.ranges().back() == range;
        return sound;
      },
      folder);
  if (!read) return tl::unexpected(read.error());
  if (!sound) return fail(errc::cache_damaged, "the unconfirmed bodies of a folder are not as they were written");
  what.now = what.written;
  return &known_.emplace(folder, std::move(what)).first->second;
}

result<bool> unconfirmed_bodies::contains(folder_id folder, uid which) {
  const auto what = find(folder);
  if (!what) return tl::unexpected(what.error());
  return (*what)->now.contains(which);
}

result<void> unconfirmed_bodies::add(folder_id folder, uid which) {
  const auto what = find(folder);
  if (!what) return tl::unexpected(what.error());
  (*what)->now.add(which);
  return {};
}

result<void> unconfirmed_bodies::remove(folder_id folder, const uid_set& which) {
  const auto forgotten = confirm(folder, which);
  if (!forgotten) return tl::unexpected(forgotten.error());
  return {};
}

result<std::vector<unconfirmed_bodies::newer_body>> unconfirmed_bodies::confirm(folder_id folder,
                                                                                const uid_set& which) {
  const auto what = find(folder);
  if (!what) return tl::unexpected(what.error());
  std::vector<newer_body> out;
  if ((*what)->now.empty()) return out;
  (*what)->now = (*what)->now.without(which);
  for (auto at = newer_.lower_bound({folder, uid{0}}); at != newer_.end() && at->first.first == folder;) {
    if (!which.contains(at->first.second)) {
      ++at;
      continue;
    }
    out.push_back({at->first.second, at->second});
    at = newer_.erase(at);
  }
  return out;
}

result<void> unconfirmed_bodies::write(folder_id folder, of_folder& what) {
  for (const auto& range : only_in(what.written, what.now)) {
    if (auto done = erase_.execute(folder, range.first.value); !done) return done;
  }
  for (const auto& range : only_in(what.now, what.written)) {
    if (auto done = insert_.execute(folder, range.first.value, range.last.value); !done) return done;
  }
  what.written = what.now;
  return {};
}

result<void> unconfirmed_bodies::write() {
  for (auto& [folder, what] : known_) {
    if (what.now == what.written) continue;
    if (auto done = write(folder, what); !done) return done;
  }
  return {};
}

result<void> unconfirmed_bodies::clear(folder_id folder) {
  uid_set all;
  all.add({uid{1}, uid{UINT32_MAX}});
  if (auto forgotten = remove(folder, all); !forgotten) return forgotten;
  known_.erase(folder);
  return clear_.execute(folder);
}

void unconfirmed_bodies::after_rollback() noexcept {
  known_.clear();
  newer_.clear();
}

}  // namespace outmap::cache
