#include "sync/outbox_purge.hpp"

#include <map>
#include <string>

#include "wire/modified_utf7.hpp"

namespace outmap::sync {
namespace {

// What the user wanted to be gone and is gone.
uid_set gone_of(const queued_change& change, const std::map<uid, flag_set>& there, const uid_set& expunged) {
  uid_set left;
  for (const auto& [which, flags] : there) {
    if (!expunged.contains(which)) left.add(which);
  }
  return change.uids.without(left);
}

}  // namespace

asio::awaitable<outbox_result> replay_purge(outbox_context& with, const queued_change& change) {
  const auto name = wire::display_name(change.mailbox.wire());
  outbox_verdict out;
  out.outcome = change_outcome::nothing_left;
  const auto opened = co_await with.desk.open(change.mailbox);
  if (!opened) co_return on_closed_mailbox(opened.error(), change.mailbox);
  if (opened->validity != change.validity)
    co_return conflict_of(name + ": the server has numbered its messages anew since the purge was asked for");
  result<std::map<uid, flag_set>> flags;
  if (opened->exists != 0) flags = co_await with.desk.all_flags();
  if (!flags) co_return on_refusal(flags.error());
  uid_set deleted;
  for (const auto& [which, now] : *flags) {
    if (now.has(system_flag::deleted)) deleted.add(which);
  }
  const auto more = deleted.without(change.uids);
  if (!more.empty()) {
    co_return conflict_of(name + ": " + std::to_string(more.size()) +
                          " more messages are marked deleted than when the purge was asked for");
  }
  if (!deleted.empty()) {
    const profile::command expunge = profile::expunge_command{};
    auto done = co_await with.desk.send(expunge, name);
    if (!done) co_return on_refusal(done.error());
    out.outcome = change_outcome::sent;
  }
  // A listing that lacks messages says nothing of those that it does not name.
  const bool complete = flags->size() >= opened->exists;
  const auto gone = complete ? gone_of(change, *flags, deleted) : deleted;
  auto shown = co_await show_vanished(with, change.mailbox, opened->validity, gone);
  if (!shown) co_return tl::unexpected(shown.error());
  out.shown = *shown;
  co_return out;
}

}  // namespace outmap::sync
