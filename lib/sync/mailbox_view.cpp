#include "sync/mailbox_view.hpp"

#include <algorithm>
#include <variant>

namespace outmap::sync {

void mailbox_view::begin_selection() {
  map_ = sequence_map(most_messages);
  settled_ = 0;
  opening_ = true;
  in_doubt_ = false;
  arrivals_ = false;
  flags_.clear();
  told_ = 0;
}

void mailbox_view::take(const wire::response& data, bool unasked) {
  if (in_doubt_) return;
  if (const auto* exists = std::get_if<wire::exists_data>(&data)) take_exists(exists->count);
  if (const auto* expunge = std::get_if<wire::expunge_data>(&data)) take_expunge(expunge->number);
  if (const auto* fetch = std::get_if<wire::fetch_data>(&data)) take_fetch(*fetch, unasked);
}

void mailbox_view::take_exists(std::uint32_t count) {
  // What comes before the SELECT is answered may be about the old selection, save the last.
  if (opening_) map_ = sequence_map(most_messages);
  const bool more = !opening_ && count > map_.size();
  if (!map_.exists(count)) in_doubt_ = true;
  arrivals_ = !in_doubt_ && (arrivals_ || more);
}

void mailbox_view::take_expunge(sequence_number number) {
  if (opening_) {
    // Of the old selection, if the new one has not begun yet.
    if (map_.size() == 0) return;
  }
  const auto gone = map_.expunge(number);
  if (!gone || (!*gone && number.value <= settled_)) {
    in_doubt_ = true;
    return;
  }
  if (number.value <= settled_) --settled_;
  if (*gone) gone_.add(**gone);
}

void mailbox_view::take_fetch(const wire::fetch_data& fetch, bool unasked) {
  // While a SELECT is under way the line may belong to either selection; a listing behind it comes after its OK.
  if (opening_) return;
  if (fetch.uid && !map_.learn(fetch.number, *fetch.uid)) {
    in_doubt_ = true;
    return;
  }
  if (!unasked || !fetch.flags || !fetch.bodies.empty()) return;
  // A message that nobody has listed yet will be, with its flags.
  const auto which = map_.at(fetch.number);
  if (!which) return;
  told_ += sizeof(flags_told) + fetch.flags->keywords().size();
  if (told_ > most_told) {
    in_doubt_ = true;
    flags_ = {};
    return;
  }
  flags_.push_back({*which, *fetch.flags});
}

bool mailbox_view::settled() {
  std::uint32_t known = 0;
  while (known < map_.size() && map_.at({known + 1})) ++known;
  const bool whole = known == map_.size();
  if (whole) settled_ = known;
  return whole;
}

void mailbox_view::settle(std::span<const uid> cached) {
  if (in_doubt_ || settled()) return;
  const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(cached.size(), most_messages));
  bool fits = cached.size() <= map_.size();
  for (std::uint32_t i = 0; fits && i < count; ++i) fits = map_.learn({i + 1}, cached[i]).has_value();
  if (!fits) {
    in_doubt_ = true;
    return;
  }
  settled_ = count;
}

}  // namespace outmap::sync
