#include "sync/outbox_copy.hpp"

#include <string>
#include <utility>

#include "sync/outbox_copies.hpp"
#include "sync/outbox_rematch.hpp"
#include "sync/outbox_store.hpp"
#include "wire/modified_utf7.hpp"

namespace outmap::sync {
namespace {

struct copy_plan {
  uid_set uids;  // to copy, as the source numbers them now
  std::optional<mailbox_mark> before;
  std::optional<outbox_verdict> instead;
};

// What of `wanted` is in the source, which is open afterwards.
asio::awaitable<result<copy_plan>> plan(outbox_context& with, const queued_change& change, mailbox_mark before) {
  copy_plan out;
  out.before = before;
  const auto opened = co_await with.desk.open(change.mailbox);
  if (!opened) {
    auto closed = on_closed_mailbox(opened.error(), change.mailbox);
    if (!closed) co_return tl::unexpected(closed.error());
    out.instead = *closed;
    co_return out;
  }
  auto current = co_await uids_now(with, change, *opened);
  if (!current) co_return tl::unexpected(current.error());
  if (current->conflict) {
    out.instead = current->conflict;
    co_return out;
  }
  if (current->uids.empty()) co_return out;
  auto there = co_await with.desk.flags(current->uids);
  if (!there) co_return tl::unexpected(there.error());
  for (const auto& [which, flags] : *there) out.uids.add(which);
  co_return out;
}

outbox_verdict gone(const queued_change& change) {
  return conflict_of(wire::display_name(change.mailbox.wire()) + ": the messages are no longer on the server");
}

asio::awaitable<outbox_result> send_copy(outbox_context& with, const queued_change& change, const copy_plan& what) {
  if (auto ok = with.box.mark_sending(change.id, what.before); !ok) co_return tl::unexpected(ok.error());
  const profile::command copy = profile::uid_copy_command{profile::message_set::of(what.uids), change.destination};
  auto done = co_await with.desk.send(copy, wire::display_name(change.destination.wire()));
  if (!done) co_return on_refusal(done.error());
  co_return outbox_verdict{};
}

asio::awaitable<outbox_result> copy_anew(outbox_context& with, const queued_change& change) {
  const auto before = co_await with.desk.mark(change.destination);
  if (!before) co_return on_closed_mailbox(before.error(), change.destination);
  auto what = co_await plan(with, change, *before);
  if (!what) co_return on_refusal(what.error());
  if (what->instead) co_return *what->instead;
  if (what->uids.empty()) co_return gone(change);
  co_return co_await send_copy(with, change, *what);
}

asio::awaitable<outbox_result> copy_again(outbox_context& with, const queued_change& change) {
  auto looked = co_await look_for_copies(with, change);
  if (!looked) co_return tl::unexpected(looked.error());
  if (looked->instead) co_return *looked->instead;
  outbox_verdict there;
  there.outcome = change_outcome::already_there;
  if (looked->missing.empty()) co_return there;
  if (looked->missing == change.uids) {
    const auto later = before_sending_again(with, change);
    if (!later) co_return tl::unexpected(later.error());
    if (*later) co_return **later;
  }
  auto rest = change;
  rest.uids = looked->missing;
  // What was found must still be found next time.
  auto what = co_await plan(with, rest, *change.before);
  if (!what) co_return tl::unexpected(what.error());
  if (what->instead) co_return *what->instead;
  if (what->uids.empty() && rest.uids == change.uids) co_return gone(change);
  if (what->uids.empty()) co_return there;
  co_return co_await send_copy(with, change, *what);
}

}  // namespace

asio::awaitable<outbox_result> replay_copy(outbox_context& with, const queued_change& change) {
  if (change.state == change_state::in_doubt) co_return co_await copy_again(with, change);
  co_return co_await copy_anew(with, change);
}

asio::awaitable<outbox_result> replay_move(outbox_context& with, const queued_change& change) {
  outbox_verdict copied;
  if (change.step == 0) {
    auto done = co_await replay_copy(with, change);
    if (!done) co_return done;
    copied = *done;
    const bool made = copied.outcome == change_outcome::sent || copied.outcome == change_outcome::already_there;
    if (!made) co_return copied;
    if (auto ok = with.box.advance(change.id, 1); !ok) co_return tl::unexpected(ok.error());
  }
  auto deleted = co_await mark_deleted(with, change);
  if (deleted && deleted->outcome == change_outcome::sent) deleted->outcome = copied.outcome;
  co_return deleted;
}

}  // namespace outmap::sync
