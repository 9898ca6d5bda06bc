// The folder tree as it will be once the queued changes are done.
#pragma once

#include <compare>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "outmap/queued_change.hpp"
#include "outmap/types.hpp"

namespace outmap {

/// Which mailbox a name means: one that the cache knows under the name `cached`, or one that is made by the change
/// `created` (0: by none). With both, `cached` is what the cache will call it. `removed`: a change removes it, and nothing
/// has taken its name.
struct tree_place {
  mailbox_name cached;
  change_id created = 0;
  bool removed = false;

  /// The same mailbox, whatever names it has had.
  friend bool operator==(const tree_place& a, const tree_place& b) {
    return a.cached == b.cached && (!a.cached.wire().empty() || a.created == b.created);
  }
  friend bool operator<(const tree_place& a, const tree_place& b) {
    if (a.cached != b.cached) return a.cached < b.cached;
    return a.cached.wire().empty() && a.created < b.created;
  }
};

/// Changes are applied in their order; what it answers is about the tree after those.
class queued_tree {
 public:
  /// `known`: what the cache knows to be on the server.
  queued_tree(std::unordered_set<mailbox_name> known, std::optional<char> delimiter)
      : known_(std::move(known)), delimiter_(delimiter) {}

  /// CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE; passes over others, and over a RENAME to a name that is taken:
  /// either it is done and the cache knows it already, or it will fail.
  void apply(const queued_change& change);

  /// What is called `name`; nothing if what had that name has another one now. Without changes that is the name itself,
  /// whether the cache knows it or not.
  [[nodiscard]] std::optional<tree_place> at(const mailbox_name& name) const;
  /// What the mailbox that the cache knows as `cached` is called; nothing if it is removed.
  [[nodiscard]] std::optional<mailbox_name> name_of(const mailbox_name& cached) const;
  /// What the changes have made, under the names that it has.
  struct created_mailbox {
    mailbox_name name;
    change_id created = 0;
  };
  [[nodiscard]] std::vector<created_mailbox> created() const;
  /// What the changes say of the subscription of `name`.
  [[nodiscard]] std::optional<bool> subscribed(const mailbox_name& name) const;

 private:
  struct step {
    change_kind kind;
    change_id id;
    mailbox_name name;
    mailbox_name to;
  };

  /// What stands in `name` behind `above` (nothing for `above` itself), if it is `above` or inferior to it.
  [[nodiscard]] std::optional<std::string_view> behind(const mailbox_name& above, const mailbox_name& name) const;
  [[nodiscard]] std::optional<mailbox_name> carried(mailbox_name name, std::size_t from_step) const;
  [[nodiscard]] bool taken(const mailbox_name& name) const;

  std::unordered_set<mailbox_name> known_;
  std::optional<char> delimiter_;
  std::vector<step> steps_;
};

}  // namespace outmap
