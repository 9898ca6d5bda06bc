#include "sync/quarantine_judgement.hpp"

#include "sync/retry_policy.hpp"

namespace outmap::sync {

result<quarantine_judgement> judge_quarantine(cache::reader& from, cache::folder_id folder,
                                              const std::vector<cache::quarantine_record>& records,
                                              const quarantine_listing& seen, std::int64_t now, bool all) {
  quarantine_judgement out;
  for (const auto& r : records) {
    const auto held = from.message(folder, r.uid);
    if (!held && held.error().code != errc::no_such_message) return tl::unexpected(held.error());
    const bool known = held.has_value();
    const bool stand_in = known && (seen.bodies ? held->body_digest : held->header_digest).has_value() &&
                          !(seen.bodies && seen.unconfirmed.contains(r.uid));
    if (seen.vanished.contains(r.uid)) continue;
    if (!known && seen.whole && !seen.missing.contains(r.uid)) {
      out.over.add(r.uid);
      continue;
    }
    const bool may_be_asked = !r.reason.starts_with(too_large) && (all || is_due(r.tries, r.last_tried, now));
    if (!may_be_asked) {
      out.leave.add(r.uid);
      continue;
    }
    out.ask.add(r.uid);
    if (stand_in) out.stand_ins.add(r.uid);
  }
  return out;
}

}  // namespace outmap::sync
