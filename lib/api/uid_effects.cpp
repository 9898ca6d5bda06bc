#include "api/uid_effects.hpp"

#include <iterator>

namespace outmap {

void uid_effect::then(const uid_effect& next) {
  flags.add = static_cast<std::uint8_t>((flags.add & ~next.flags.remove) | next.flags.add);
  flags.remove = static_cast<std::uint8_t>((flags.remove & ~next.flags.add) | next.flags.remove);
  purged = purged || next.purged;
}

std::map<std::uint64_t, uid_effect>::iterator uid_effects::split_at(std::uint64_t first) {
  const auto next = from_.lower_bound(first);
  if (next != from_.end() && next->first == first) return next;
  return from_.emplace_hint(next, first, std::prev(next)->second);
}

void uid_effects::apply(const uid_set& to, const uid_effect& what) {
  for (const auto& range : to.ranges()) {
    const auto end = split_at(std::uint64_t{range.last.value} + 1);
    for (auto at = split_at(range.first.value); at != end; ++at) at->second.then(what);
  }
}

uid_effect uid_effects::at(uid which) const { return std::prev(from_.upper_bound(which.value))->second; }

uid_set uid_effects::purged() const {
  uid_set out;
  for (auto at = from_.begin(); at != from_.end(); ++at) {
    const auto next = std::next(at);
    if (!at->second.purged || next == from_.end()) continue;
    out.add({{static_cast<std::uint32_t>(at->first)}, {static_cast<std::uint32_t>(next->first - 1)}});
  }
  return out;
}

}  // namespace outmap
