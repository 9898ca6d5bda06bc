#include "sync/outbox_order.hpp"

#include <string_view>

namespace outmap::sync {
namespace {

using kind = change_kind;

bool changes_tree(const queued_change& c) {
  return c.kind == kind::create || c.kind == kind::remove || c.kind == kind::rename;
}
bool changes_subscription(const queued_change& c) { return c.kind == kind::subscribe || c.kind == kind::unsubscribe; }
bool names_messages(const queued_change& c) {
  return c.kind == kind::store || c.kind == kind::copy || c.kind == kind::move;
}
bool has_destination(const queued_change& c) {
  return c.kind == kind::copy || c.kind == kind::move || c.kind == kind::rename;
}

// The same mailbox, or one below it.
bool holds(const mailbox_name& above, const mailbox_name& below) {
  constexpr std::string_view delimiters = "/.\\:|^";
  const std::string_view upper = above.wire();
  const std::string_view lower = below.wire();
  if (!lower.starts_with(upper)) return false;
  return lower.size() == upper.size() || delimiters.find(lower[upper.size()]) != std::string_view::npos;
}

bool names_below(const queued_change& c, const mailbox_name& above) {
  return holds(above, c.mailbox) || (has_destination(c) && holds(above, c.destination));
}

// A change of the tree, and whatever names a mailbox that it touches.
bool meets(const queued_change& tree, const queued_change& other) {
  return names_below(other, tree.mailbox) || (tree.kind == kind::rename && names_below(other, tree.destination));
}

bool share_messages(const queued_change& a, const queued_change& b) {
  return a.uids.without(b.uids).size() != a.uids.size();
}

}  // namespace

bool depends_on(const queued_change& later, const queued_change& earlier) {
  if (changes_tree(earlier) && meets(earlier, later)) return true;
  if (changes_tree(later) && (meets(later, earlier) || (changes_tree(earlier) && meets(earlier, later)))) return true;
  if (later.mailbox != earlier.mailbox) return false;
  if (changes_subscription(later) && changes_subscription(earlier)) return true;
  if (later.kind == kind::expunge) return names_messages(earlier);
  if (earlier.kind == kind::expunge) return names_messages(later) && share_messages(later, earlier);
  return names_messages(later) && names_messages(earlier) && share_messages(later, earlier);
}

}  // namespace outmap::sync
