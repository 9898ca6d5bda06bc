#include "sync/planner.hpp"

#include <algorithm>

namespace outmap::sync {
namespace {

void in_order_once(std::vector<seen_message>& seen) {
  const auto by_uid = [](const seen_message& a, const seen_message& b) { return a.which < b.which; };
  if (!std::is_sorted(seen.begin(), seen.end(), by_uid)) std::stable_sort(seen.begin(), seen.end(), by_uid);
  const auto same = [](const seen_message& a, const seen_message& b) { return a.which == b.which; };
  // From the back, so that of several lines for one UID the last one stays.
  seen.erase(seen.begin(), std::unique(seen.rbegin(), seen.rend(), same).base());
}

}  // namespace

folder_plan plan(const std::vector<cache::message_state>& cached, std::vector<seen_message> seen) {
  in_order_once(seen);
  folder_plan out;
  auto old = cached.begin();
  for (auto& now : seen) {
    for (; old != cached.end() && old->uid < now.which; ++old) out.vanished.add(old->uid);
    if (old == cached.end() || now.which < old->uid) {
      out.new_messages.add(now.which);
      out.without_header.add(now.which);
      out.without_body.add(now.which);
      continue;
    }
    if (!old->has_header) out.without_header.add(now.which);
    if (!old->has_body) out.without_body.add(now.which);
    if (!(old->flags == now.flags)) out.changed_flags.emplace_back(now.which, std::move(now.flags));
    ++old;
  }
  for (; old != cached.end(); ++old) out.vanished.add(old->uid);
  return out;
}

}  // namespace outmap::sync
