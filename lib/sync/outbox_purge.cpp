#include "sync/outbox_purge.hpp"

#include <string>

#include "wire/modified_utf7.hpp"

namespace outmap::sync {

asio::awaitable<outbox_result> replay_purge(outbox_context& with, const queued_change& change) {
  const auto name = wire::display_name(change.mailbox.wire());
  outbox_verdict out;
  out.outcome = change_outcome::nothing_left;
  const auto opened = co_await with.desk.open(change.mailbox);
  if (!opened) co_return on_closed_mailbox(opened.error(), change.mailbox);
  if (opened->exists == 0) co_return out;
  if (opened->validity != change.validity)
    co_return conflict_of(name + ": the server has numbered its messages anew since the purge was asked for");
  auto flags = co_await with.desk.all_flags();
  if (!flags) co_return on_refusal(flags.error());
  uid_set deleted;
  for (const auto& [which, now] : *flags) {
    if (now.has(system_flag::deleted)) deleted.add(which);
  }
  if (deleted.empty()) co_return out;
  const auto more = deleted.without(change.uids);
  if (!more.empty()) {
    co_return conflict_of(name + ": " + std::to_string(more.size()) +
                          " more messages are marked deleted than when the purge was asked for");
  }
  const profile::command expunge = profile::expunge_command{};
  auto done = co_await with.desk.send(expunge, name);
  if (!done) co_return on_refusal(done.error());
  auto shown = co_await show_vanished(with, change.mailbox, opened->validity, deleted);
  if (!shown) co_return tl::unexpected(shown.error());
  out.outcome = change_outcome::sent;
  out.shown = *shown;
  co_return out;
}

}  // namespace outmap::sync
