#include "sync/scan_merge.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace outmap::sync {

result<const cache::message_state*> scan_merge::cursor::current() {
  if (at_ < page_.size()) return &page_[at_];
  if (!ended_) {
    auto next = from_(last_, ahead_);
    if (!next) return tl::unexpected(std::move(next.error()));
    page_ = std::move(*next);
    at_ = 0;
    ahead_ = std::min(most_ahead, ahead_ * 2);
    ended_ = page_.empty();
    if (!ended_) last_ = page_.back().uid;
  }
  return ended_ ? nullptr : &page_[at_];
}

void scan_merge::cursor::skip(uid end) {
  while (at_ < page_.size() && page_[at_].uid <= end) ++at_;
  if (at_ < page_.size() || ended_) return;
  last_ = std::max(last_, end);
  ahead_ = least_ahead;
}

void scan_merge::cursor::replace(std::vector<cache::message_state> with, uid end) {
  skip(end);
  page_.erase(page_.begin(), page_.begin() + static_cast<std::ptrdiff_t>(at_));
  page_.insert(page_.begin(), with.begin(), with.end());
  at_ = 0;
}

void scan_merge::give_up(const error& why) {
  if (!failure_) failure_ = why;
}

void scan_merge::add(uid which, flag_set&& flags) {
  if (failure_ || which.value == 0) return;
  if (last_ < which) {
    if (!lines_.empty() && cache::page_of(which) != cache::page_of(last_)) close_page();
    last_ = which;
    lines_.push_back({which, std::move(flags)});
    return;
  }
  late_octets_ += flags.keywords().size();
  if (late_.size() == most_late || late_octets_ > most_late_octets) {
    error e(errc::limit_exceeded, "a listing with more than " + std::to_string(most_late) +
                                      " lines that are not in the order of UIDs or come twice");
    e.reach = scope::folder;
    return give_up(e);
  }
  late_.push_back({which, std::move(flags)});
}

const cache::page_form* scan_merge::known_form(std::uint32_t page) {
  if (!std::exchange(asked_pages_, true)) {
    auto known = pages_();
    if (!known) {
      give_up(known.error());
      return nullptr;
    }
    known_ = std::move(*known);
  }
  while (next_known_ < known_.size() && known_[next_known_].page < page) ++next_known_;
  return next_known_ < known_.size() && known_[next_known_].page == page ? &known_[next_known_].form : nullptr;
}

void scan_merge::close_page() {
  for (const auto& line : lines_) former_.add(line.which, line.flags);
  const auto form = former_.finish();
  if (!form) return give_up(form.error());
  const auto page = cache::page_of(lines_.front().which);
  const auto* const known = known_form(page);
  if (known == nullptr) return merge_page(*form);
  take_rows_below(cache::first_of(page));
  if (*known == *form) {
    old_.skip(cache::last_of(page));
    plan_.listed += lines_.size();
    lines_.clear();
    return;
  }
  if (known->is_spelled_out()) old_.replace(known->messages(page), cache::last_of(page));
  merge_page(*form);
}

// Cached messages of pages in which nothing is listed.
void scan_merge::take_rows_below(uid limit) {
  while (!failure_ && old_.position() < limit.value) {
    const auto old = old_.current();
    if (!old) return give_up(old.error());
    if (*old == nullptr || !((*old)->uid < limit)) return;
    plan_.vanished.add((*old)->uid);
    old_.advance();
  }
}

void scan_merge::merge_page(const cache::page_form& form) {
  const auto page = cache::page_of(lines_.front().which);
  const auto missing = missing_;
  for (auto& line : lines_) in_order(std::move(line));
  lines_.clear();
  // A page with something to fetch will be changed by what comes.
  if (missing_ == missing) plan_.settled.push_back({page, form});
}

void scan_merge::in_order(seen_message&& line) {
  ++plan_.listed;
  while (!failure_) {
    const auto old = old_.current();
    if (!old) return give_up(old.error());
    if (*old == nullptr || line.which < (*old)->uid) return take_new(line.which);
    if ((*old)->uid == line.which) {
      take(**old, std::move(line), false);
      return old_.advance();
    }
    plan_.vanished.add((*old)->uid);
    old_.advance();
  }
}

void scan_merge::take_new(uid which) {
  ++missing_;
  plan_.new_messages.add(which);
  plan_.without_header.add(which);
  plan_.without_body.add(which);
}

void scan_merge::take(const cache::message_state& old, seen_message&& line, bool repeated) {
  if ((!old.has_header || !old.has_body || !old.has_date) && !repeated) ++missing_;
  if (!old.has_header && !repeated) plan_.without_header.add(line.which);
  if (!old.has_body && !repeated) plan_.without_body.add(line.which);
  if (!old.has_date && !repeated) plan_.without_date.add(line.which);
  // What an earlier line for the same UID said has been passed on.
  if (old.flags == line.flags && !repeated) return;
  plan_.flags_changed += repeated ? 0 : 1;
  changed_(line.which, std::move(line.flags));
}

result<void> scan_merge::settle_late() {
  std::stable_sort(late_.begin(), late_.end(),
                   [](const seen_message& a, const seen_message& b) { return a.which < b.which; });
  cursor old(cached_);
  uid_set back;
  for (auto line = late_.begin(); line != late_.end(); ++line) {
    const auto next = std::next(line);
    if (next != late_.end() && next->which == line->which) continue;
    auto known = old.current();
    for (; known && *known != nullptr && (*known)->uid < line->which; known = old.current()) old.advance();
    if (!known) return tl::unexpected(known.error());
    if (*known != nullptr && (*known)->uid == line->which) {
      const bool repeated = !plan_.vanished.contains(line->which);
      plan_.listed += repeated ? 0 : 1;
      if (!repeated) back.add(line->which);
      take(**known, std::move(*line), repeated);
    } else if (!plan_.new_messages.contains(line->which)) {
      ++plan_.listed;
      take_new(line->which);
    }
  }
  plan_.vanished = plan_.vanished.without(back);
  return {};
}

result<folder_plan> scan_merge::finish() {
  if (!failure_ && !lines_.empty()) close_page();
  while (!failure_) {
    const auto old = old_.current();
    if (!old) give_up(old.error());
    if (!old || *old == nullptr) break;
    plan_.vanished.add((*old)->uid);
    old_.advance();
  }
  if (!failure_ && !late_.empty()) {
    plan_.settled.clear();
    if (auto ok = settle_late(); !ok) give_up(ok.error());
  }
  if (failure_) return tl::unexpected(*failure_);
  return std::move(plan_);
}

}  // namespace outmap::sync
