#include "selected_mailbox.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace outmap::exchange {

selected_mailbox::selected_mailbox(mailbox_store& store, const folder_info& folder, bool read_only, bool push_flags)
    : store_(store),
      name_(folder.name),
      folder_(folder.id),
      uid_validity_(folder.uid_validity),
      seen_revision_(folder.revision),
      read_only_(read_only),
      push_flags_(push_flags),
      uids_(store.uids(folder.id)) {
  last_uid_ = uids_.empty() ? 0 : uids_.back();
  before_growth_ = last_uid_;
  const std::vector<message> all = store_.pick(folder_, uids_);
  for (const message& m : all) {
    if (m.recent) recent_.insert(m.uid);
    if (push_flags_) told_[m.uid] = m.flags;
  }
  if (!read_only_) recent_.merge(store_.take_recent(folder_));
}

bool selected_mailbox::exists() const { return store_.find(folder_).has_value(); }

std::vector<std::string> selected_mailbox::sizes() const {
  return {std::to_string(uids_.size()) + " EXISTS", std::to_string(recent_.size()) + " RECENT"};
}

void selected_mailbox::forget_vanished(const std::vector<std::uint32_t>& current, vanished how,
                                       std::vector<std::string>& lines) {
  const std::size_t before = uids_.size();
  for (std::size_t place = uids_.size(); place > 0; --place) {
    const std::uint32_t uid = uids_[place - 1];
    if (std::ranges::binary_search(current, uid)) continue;
    if (how == vanished::expunge) lines.push_back(std::to_string(place) + " EXPUNGE");
    recent_.erase(uid);
    told_.erase(uid);
  }
  std::erase_if(uids_, [&](std::uint32_t uid) { return !std::ranges::binary_search(current, uid); });
  if (how == vanished::shrink && uids_.size() != before) lines.push_back(std::to_string(uids_.size()) + " EXISTS");
}

std::vector<std::string> selected_mailbox::news(vanished how) {
  const auto now = store_.find(folder_);
  if (!now) return {};
  if (now->uid_validity != uid_validity_) throw mailbox_rebuilt{};
  name_ = now->name;
  const std::vector<std::uint32_t> current = store_.uids(folder_);
  std::vector<std::string> lines;
  if (how != vanished::wait) forget_vanished(current, how, lines);
  const auto fresh = std::ranges::upper_bound(current, last_uid_);
  if (fresh != current.end()) {
    if (read_only_) {
      for (const message& m : store_.pick(folder_, {fresh, current.end()})) {
        if (m.recent) recent_.insert(m.uid);
      }
    } else {
      recent_.merge(store_.take_recent(folder_));
    }
    uids_.insert(uids_.end(), fresh, current.end());
    before_growth_ = std::exchange(last_uid_, uids_.back());
    std::ranges::move(sizes(), std::back_inserter(lines));
  }
  if (push_flags_ && now->revision != seen_revision_) pushed_flags(lines);
  seen_revision_ = now->revision;
  return lines;
}

void selected_mailbox::pushed_flags(std::vector<std::string>& lines) {
  for (const message& m : store_.pick(folder_, uids_)) {
    const auto [known, is_new] = told_.try_emplace(m.uid, m.flags);
    if (is_new || known->second == m.flags) continue;
    known->second = m.flags;
    lines.push_back(std::to_string(number_of(m.uid)) + " FETCH (FLAGS " + flags_text(m) + ")");
  }
}

std::vector<std::uint32_t> selected_mailbox::resolve(const sequence_set& set, bool by_uid) const {
  if (by_uid) return uids_in(set, uids_.empty() ? 0 : uids_.back());
  std::vector<std::uint32_t> found;
  const auto exists = static_cast<std::uint32_t>(uids_.size());
  for (const sequence_range& range : set) {
    std::uint32_t low = range.first == 0 ? exists : range.first;
    std::uint32_t high = range.last == 0 ? exists : range.last;
    if (low > high) std::swap(low, high);
    if (low == 0 || high > exists) throw bad_arguments{"The specified message set is invalid."};
    std::copy(uids_.begin() + (low - 1), uids_.begin() + high, std::back_inserter(found));
  }
  std::ranges::sort(found);
  found.erase(std::ranges::unique(found).begin(), found.end());
  return found;
}

std::vector<std::uint32_t> selected_mailbox::uids_in(const sequence_set& set, std::uint32_t star) const {
  std::vector<std::uint32_t> found;
  for (const sequence_range& range : set) {
    std::uint32_t low = range.first == 0 ? star : range.first;
    std::uint32_t high = range.last == 0 ? star : range.last;
    if (low > high) std::swap(low, high);
    std::copy(std::ranges::lower_bound(uids_, low), std::ranges::upper_bound(uids_, high), std::back_inserter(found));
  }
  std::ranges::sort(found);
  found.erase(std::ranges::unique(found).begin(), found.end());
  return found;
}

std::vector<std::uint32_t> selected_mailbox::resolve_stale(const sequence_set& set) const {
  std::vector<std::uint32_t> found = uids_in(set, before_growth_);
  std::erase_if(found, [&](std::uint32_t uid) { return uid > before_growth_; });
  return found;
}

std::uint32_t selected_mailbox::number_of(std::uint32_t uid) const {
  const auto at = std::ranges::lower_bound(uids_, uid);
  if (at == uids_.end() || *at != uid) return 0;
  return static_cast<std::uint32_t>(at - uids_.begin()) + 1;
}

void selected_mailbox::told(const message& m) {
  if (push_flags_) told_[m.uid] = m.flags;
}

std::string selected_mailbox::flags_text(const message& m) const {
  std::string text = m.flags.to_string();
  if (is_recent(m.uid)) text += text.empty() ? "\\Recent" : " \\Recent";
  return "(" + text + ")";
}

}  // namespace outmap::exchange
