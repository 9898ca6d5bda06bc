#include "outmap/uid_set.hpp"

#include <algorithm>
#include <iterator>

namespace outmap {
namespace {

std::string text_of(const uid_range& r) {
  auto text = std::to_string(r.first.value);
  if (r.last != r.first) text += ':' + std::to_string(r.last.value);
  return text;
}

bool touches(const uid_range& a, const uid_range& b) {
  return std::uint64_t{a.first.value} <= std::uint64_t{b.last.value} + 1 &&
         std::uint64_t{b.first.value} <= std::uint64_t{a.last.value} + 1;
}

std::uint64_t count(const uid_range& r) { return std::uint64_t{r.last.value} - r.first.value + 1; }

}  // namespace

void uid_set::add(uid_range range) {
  if (range.last < range.first) std::swap(range.first, range.last);
  if (ranges_.empty() || std::uint64_t{range.first.value} > std::uint64_t{ranges_.back().last.value} + 1) {
    ranges_.push_back(range);
    return;
  }
  auto from = std::lower_bound(ranges_.begin(), ranges_.end(), range, [](const uid_range& a, const uid_range& b) {
    return a.last < b.first && !touches(a, b);
  });
  auto to = from;
  while (to != ranges_.end() && touches(*to, range)) {
    range.first = std::min(range.first, to->first);
    range.last = std::max(range.last, to->last);
    ++to;
  }
  from = ranges_.erase(from, to);
  ranges_.insert(from, range);
}

void uid_set::add(const uid_set& other) {
  if (&other == this || other.ranges_.empty()) return;
  const auto& first = other.ranges_.front();
  const auto& last = other.ranges_.back();
  if (other.ranges_.size() == 1 || ranges_.empty() || first.first > ranges_.back().last) {
    for (const auto& range : other.ranges_) add(range);
    return;
  }
  // One by one, each would move all that stands behind it.
  const auto before = [](const uid_range& a, const uid_range& b) { return a.last < b.first && !touches(a, b); };
  const auto from = std::lower_bound(ranges_.begin(), ranges_.end(), first, before);
  const auto to = std::upper_bound(from, ranges_.end(), last, before);
  std::vector<uid_range> sorted;
  sorted.reserve(static_cast<std::size_t>(to - from) + other.ranges_.size());
  std::merge(from, to, other.ranges_.begin(), other.ranges_.end(), std::back_inserter(sorted),
             [](const uid_range& a, const uid_range& b) { return a.first < b.first; });
  uid_set joined;
  joined.ranges_.reserve(sorted.size());
  for (const auto& range : sorted) joined.add(range);
  ranges_.insert(ranges_.erase(from, to), joined.ranges_.begin(), joined.ranges_.end());
}

bool uid_set::contains(uid u) const {
  const auto at =
      std::lower_bound(ranges_.begin(), ranges_.end(), u, [](const uid_range& r, uid v) { return r.last < v; });
  return at != ranges_.end() && at->first <= u;
}

std::uint64_t uid_set::size() const {
  std::uint64_t total = 0;
  for (const auto& r : ranges_) total += count(r);
  return total;
}

std::vector<uid> uid_set::to_vector() const {
  std::vector<uid> out;
  for (const auto& r : ranges_) {
    for (std::uint64_t v = r.first.value; v <= r.last.value; ++v) out.push_back({static_cast<std::uint32_t>(v)});
  }
  return out;
}

uid_set uid_set::without(const uid_set& other) const {
  uid_set out;
  auto cut = other.ranges_.begin();
  const auto end = other.ranges_.end();
  const auto at = [](std::uint64_t value) { return uid{static_cast<std::uint32_t>(value)}; };
  for (const auto& range : ranges_) {
    std::uint64_t first = range.first.value;
    const std::uint64_t last = range.last.value;
    while (cut != end && cut->last.value < first) ++cut;
    for (auto gone = cut; first <= last && gone != end && gone->first.value <= last; ++gone) {
      if (gone->first.value > first) out.add({at(first), at(gone->first.value - std::uint64_t{1})});
      first = std::uint64_t{gone->last.value} + 1;
    }
    if (first <= last) out.add({at(first), at(last)});
  }
  return out;
}

std::string uid_set::to_string() const {
  std::string out;
  for (const auto& r : ranges_) {
    if (!out.empty()) out += ',';
    out += text_of(r);
  }
  return out;
}

std::vector<uid_set> uid_set::split(std::size_t max_octets, std::uint64_t max_uids) const {
  std::vector<uid_set> out;
  std::size_t octets = 0;
  std::uint64_t uids = 0;
  for (auto rest : ranges_) {
    while (true) {
      if (uids == max_uids) out.emplace_back(), octets = 0, uids = 0;
      const auto take = std::min(count(rest), max_uids - uids);
      const uid_range piece{rest.first, {static_cast<std::uint32_t>(rest.first.value + (take - 1))}};
      const auto length = text_of(piece).size();
      if (out.empty() || octets + 1 + length > max_octets) out.emplace_back(), octets = 0, uids = 0;
      out.back().add(piece);
      octets += length + (octets == 0 ? 0 : 1);
      uids += take;
      if (piece.last == rest.last) break;
      rest.first = {piece.last.value + 1};
    }
  }
  return out;
}

}  // namespace outmap
