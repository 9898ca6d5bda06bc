#include "sync/folder_quarantine.hpp"

#include <charconv>
#include <optional>
#include <utility>

namespace outmap::sync {
namespace {

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

result<folder_quarantine::judgement> folder_quarantine::judge(const listing& seen) {
  auto judged = judge_quarantine(with_.from, folder_, records_, seen, with_.now(), with_.retry_quarantined);
  if (judged) clear(judged->over);
  return judged;
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
