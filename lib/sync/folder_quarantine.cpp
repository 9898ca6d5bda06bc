#include "sync/folder_quarantine.hpp"

#include <charconv>
#include <optional>
#include <utility>

#include "sync/retry_policy.hpp"

namespace outmap::sync {
namespace {

constexpr std::string_view too_large = "too large: ";

std::optional<uid> uid_in(std::string_view partial_response) {
  const auto at = partial_response.find("UID ");
  if (at == std::string_view::npos) return std::nullopt;
  uid found;
  const auto* first = partial_response.data() + at + 4;
  const auto [end, problem] = std::from_chars(first, partial_response.data() + partial_response.size(), found.value);
  return problem == std::errc{} && found.value != 0 ? std::optional(found) : std::nullopt;
}

}  // namespace

result<void> folder_quarantine::load() {
  auto records = with_.from.quarantine(folder_);
  if (!records) return tl::unexpected(records.error());
  records_ = std::move(*records);
  for (const auto& r : records_) uids_.add(r.uid);
  return {};
}

void folder_quarantine::forget() {
  records_.clear();
  uids_ = {};
}

bool folder_quarantine::may_be_asked(const cache::quarantine_record& about) const {
  if (about.reason.starts_with(too_large)) return false;
  return with_.retry_quarantined || is_due(about.tries, about.last_tried, with_.now());
}

result<folder_quarantine::judgement> folder_quarantine::judge(const listing& seen) {
  judgement out;
  for (const auto& r : records_) {
    const auto held = with_.from.message(folder_, r.uid);
    if (!held && held.error().code != errc::no_such_message) return tl::unexpected(held.error());
    const bool known = held.has_value();
    const bool stand_in = known && (seen.bodies ? held->body_digest : held->header_digest).has_value() &&
                          !(seen.bodies && seen.unconfirmed.contains(r.uid));
    if (seen.vanished.contains(r.uid)) continue;
    if (!known && seen.whole && !seen.missing.contains(r.uid)) {
      clear(r.uid);
      continue;
    }
    if (!may_be_asked(r)) {
      out.leave.add(r.uid);
      continue;
    }
    out.ask.add(r.uid);
    if (stand_in) out.stand_ins.add(r.uid);
  }
  return out;
}

void folder_quarantine::put(uid which, std::string_view reason) {
  uids_.add(which);
  with_.watch.on_warning(
      error(errc::incomplete, name_ + ": UID " + std::to_string(which.value) + ": " + std::string(reason)));
  with_.to.post(reason.size() + 64,
                [folder = folder_, which, reason = std::string(reason), now = with_.now()](cache::store& into) {
                  return into.put_quarantine(folder, which, reason, now);
                });
}

std::optional<uid> folder_quarantine::blame(std::string_view partial_response, const error& why) {
  const auto which = uid_in(partial_response);
  if (which) put(*which, std::string(too_large) + why.detail);
  return which;
}

void folder_quarantine::clear(uid which) {
  if (!uids_.contains(which)) return;
  with_.to.post(64, [folder = folder_, which](cache::store& into) { return into.clear_quarantine(folder, which); });
}

void folder_quarantine::clear(const uid_set& which) {
  if (uids_.empty()) return;
  for (const auto u : uids_.without(uids_.without(which)).to_vector()) clear(u);
}

}  // namespace outmap::sync
