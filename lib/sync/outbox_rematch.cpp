#include "sync/outbox_rematch.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sync/message_likeness.hpp"
#include "wire/modified_utf7.hpp"

namespace outmap::sync {
namespace {

using candidates = std::multimap<std::string, std::pair<uid, std::optional<internal_date>>>;

// The uid where exactly one fits, 0 where none does, nothing where several do.
std::optional<uid> only_one(const candidates& all, const std::string& key, std::optional<internal_date> date) {
  std::vector<uid> found;
  std::vector<uid> on_date;
  const auto [first, last] = all.equal_range(key);
  for (auto at = first; at != last; ++at) {
    found.push_back(at->second.first);
    const auto& theirs = at->second.second;
    if (date && theirs && date->unix_seconds == theirs->unix_seconds) on_date.push_back(at->second.first);
  }
  if (found.empty()) return uid{0};
  if (found.size() == 1) return found.front();
  if (on_date.size() == 1) return on_date.front();
  return std::nullopt;
}

}  // namespace

asio::awaitable<result<current_uids>> uids_now(outbox_context& with, const queued_change& change,
                                               const mailbox_mark& now) {
  current_uids out;
  if (now.validity == change.validity) {
    out.uids = change.uids;
    co_return out;
  }
  const auto rebuilt = wire::display_name(change.mailbox.wire()) + ": the server has numbered its messages anew, and ";
  const auto start = with.from.start_of(change.mailbox);
  if (!start && start.error().code != errc::no_such_mailbox) co_return tl::unexpected(start.error());
  if (!start || start->uid_validity != change.validity) {
    out.conflict = conflict_of(rebuilt + "those of the change are not known any more");
    co_return out;
  }
  auto headers = co_await with.desk.headers_above(uid{0});
  if (!headers) co_return tl::unexpected(headers.error());
  candidates there;
  for (const auto& one : *headers) there.emplace(copy_key(one.header), std::pair(one.uid, one.date));
  std::uint64_t unclear = 0;
  const auto wanted = change.uids.to_vector();
  for (const auto old : wanted) {
    const auto header = with.from.header(start->id, old);
    const auto known = with.from.message(start->id, old);
    std::optional<uid> found;
    if (header && known) found = only_one(there, copy_key(*header), known->date);
    unclear += found ? 0 : 1;
    if (found && found->value != 0) out.uids.add(*found);
  }
  if (unclear != 0) out.conflict = conflict_of(rebuilt + std::to_string(unclear) + " cannot be told from others");
  co_return out;
}

}  // namespace outmap::sync
