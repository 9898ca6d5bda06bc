// What the app sees of the queued changes: folders and messages as they will be once the changes are done.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "api/queued_tree.hpp"
#include "api/uid_effects.hpp"
#include "outmap/queued_change.hpp"

namespace outmap {

/// Made once for a state of the outbox and of the folder tree, then read; its size grows with the changes, not with the
/// mail. What the server refused and what is in conflict has no effect, save that the message of an append stays to be
/// seen: it may be the only copy.
class overlay {
 public:
  using change_list = std::shared_ptr<const std::vector<queued_change>>;

  /// `known` and `delimiter` are the cache's; where there is no RENAME they may be empty.
  overlay(change_list changes, std::unordered_set<mailbox_name> known, std::optional<char> delimiter);

  /// Whether the names of mailboxes depend on it.
  static bool needs_tree(const std::vector<queued_change>& changes);

  [[nodiscard]] const queued_tree& tree() const { return tree_; }

  /// What happens to the messages that a mailbox has under that UIDVALIDITY. Null: nothing.
  [[nodiscard]] const uid_effects* effects(const tree_place& place, uid_validity validity) const;

  /// Messages that come to a mailbox: by an append, or those of `change->uids` of the mailbox `from`.
  struct arrival {
    const queued_change* change = nullptr;
    tree_place from;
  };
  /// In order; null: none.
  [[nodiscard]] const std::vector<arrival>* arrivals(const tree_place& place) const;
  /// The flags of a message at the time of an arrival, given those that the cache has.
  [[nodiscard]] flag_set flags_at(const arrival& when, uid source, flag_set cached) const;

 private:
  using mailbox_state = std::pair<tree_place, std::uint32_t>;

  void add(const queued_change& change);
  void add_arrival(const queued_change& change, const mailbox_name& to, tree_place from);

  change_list changes_;
  queued_tree tree_;
  std::map<mailbox_state, uid_effects> effects_;
  std::map<mailbox_state, std::vector<const queued_change*>> flag_changes_;
  std::map<tree_place, std::vector<arrival>> arrivals_;
};

}  // namespace outmap
