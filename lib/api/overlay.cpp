#include "api/overlay.hpp"

#include <algorithm>

namespace outmap {

overlay::overlay(change_list changes, std::unordered_set<mailbox_name> known, std::optional<char> delimiter)
    : changes_(std::move(changes)), tree_(std::move(known), delimiter) {
  for (const auto& change : *changes_) add(change);
}

namespace {

// What a change does to the flags of the messages that it names.
flag_change flags_by(const queued_change& change) {
  if (change.kind == change_kind::store) return change.flags;
  if (change.kind == change_kind::move) return {static_cast<std::uint8_t>(system_flag::deleted), 0};
  return {};
}

}  // namespace

bool overlay::needs_tree(const std::vector<queued_change>& changes) {
  return std::any_of(changes.begin(), changes.end(),
                     [](const queued_change& change) { return change.kind == change_kind::rename; });
}

void overlay::add(const queued_change& change) {
  if (change.kind == change_kind::append) {
    add_arrival(change, change.mailbox, {});
    return;
  }
  if (change.state == change_state::refused || change.state == change_state::conflict) return;
  tree_.apply(change);
  if (change.uids.empty()) return;
  const auto place = tree_.at(change.mailbox);
  if (!place || place->removed) return;
  const mailbox_state where(*place, change.validity.value);
  const uid_effect effect{flags_by(change), change.kind == change_kind::expunge};
  if (effect.flags != flag_change{}) flag_changes_[where].push_back(&change);
  if (effect != uid_effect{}) effects_[where].apply(change.uids, effect);
  if (change.kind == change_kind::copy || change.kind == change_kind::move) {
    add_arrival(change, change.destination, *place);
  }
}

void overlay::add_arrival(const queued_change& change, const mailbox_name& to, tree_place from) {
  const auto place = tree_.at(to);
  if (place && !place->removed) arrivals_[*place].push_back({&change, std::move(from)});
}

const uid_effects* overlay::effects(const tree_place& place, uid_validity validity) const {
  const auto found = effects_.find({place, validity.value});
  return found != effects_.end() ? &found->second : nullptr;
}

const std::vector<overlay::arrival>* overlay::arrivals(const tree_place& place) const {
  const auto found = arrivals_.find(place);
  return found != arrivals_.end() ? &found->second : nullptr;
}

flag_set overlay::flags_at(const arrival& when, uid source, flag_set cached) const {
  const auto found = flag_changes_.find({when.from, when.change->validity.value});
  if (found == flag_changes_.end()) return cached;
  for (const auto* earlier : found->second) {
    // A move copies before it marks.
    if (earlier->id >= when.change->id) break;
    if (earlier->uids.contains(source)) cached = flags_by(*earlier).applied_to(std::move(cached));
  }
  return cached;
}

}  // namespace outmap
