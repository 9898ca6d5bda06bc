#include "sync/outbox_folders.hpp"

#include <string>
#include <utility>

#include "wire/modified_utf7.hpp"

namespace outmap::sync {
namespace {

enum class standing { done, not_done, unclear };

profile::command command_of(const queued_change& change) {
  switch (change.kind) {
    case change_kind::create: return profile::create_command{change.mailbox};
    case change_kind::remove: return profile::delete_command{change.mailbox};
    case change_kind::rename: return profile::rename_command{change.mailbox, change.destination};
    case change_kind::subscribe: return profile::subscribe_command{change.mailbox};
    default: return profile::unsubscribe_command{change.mailbox};
  }
}

asio::awaitable<result<standing>> look(outbox_context& with, const queued_change& change) {
  const auto found = co_await with.desk.listed(change.mailbox);
  if (!found) co_return tl::unexpected(found.error());
  const bool there = found->has_value();
  if (change.kind == change_kind::create) co_return there ? standing::done : standing::not_done;
  if (change.kind == change_kind::remove) co_return there && !(*found)->noselect ? standing::not_done : standing::done;
  const auto renamed = co_await with.desk.listed(change.destination);
  if (!renamed) co_return tl::unexpected(renamed.error());
  const bool arrived = renamed->has_value();
  if (change.mailbox.is_inbox()) co_return arrived ? standing::done : standing::not_done;
  // Some servers keep the old name for its children.
  const bool left = !there || (*found)->noselect;
  if (arrived && left) co_return standing::done;
  if (!arrived && there) co_return standing::not_done;
  co_return standing::unclear;
}

// What was done is shown where the cache can: nothing has to be fetched because its folder has another name.
asio::awaitable<outbox_result> with_effect(outbox_context& with, const queued_change& change, outbox_verdict done) {
  if (change.kind != change_kind::rename) co_return done;
  const auto shown = co_await show_renamed(with, change);
  if (!shown) co_return tl::unexpected(shown.error());
  done.shown = *shown;
  co_return done;
}

}  // namespace

asio::awaitable<outbox_result> replay_tree_change(outbox_context& with, const queued_change& change) {
  const auto name = wire::display_name(change.mailbox.wire());
  outbox_verdict out;
  if (change.state == change_state::in_doubt) {
    auto now = co_await look(with, change);
    if (now && *now == standing::not_done && co_await wait_for_second_look(with)) now = co_await look(with, change);
    if (!now) co_return tl::unexpected(now.error());
    if (*now == standing::unclear)
      co_return conflict_of(name + ": the answer was lost, and the folders that are there do not tell what was done");
    out.outcome = change_outcome::already_there;
    if (*now == standing::done) co_return co_await with_effect(with, change, out);
    const auto later = before_sending_again(with, change);
    if (!later) co_return tl::unexpected(later.error());
    if (*later) co_return **later;
  }
  if (auto ok = with.box.mark_sending(change.id, std::nullopt); !ok) co_return tl::unexpected(ok.error());
  with.desk.leave();
  const auto what = command_of(change);
  auto done = co_await with.desk.send(what, name);
  if (!done) co_return on_refusal(done.error());
  out.outcome = change_outcome::sent;
  co_return co_await with_effect(with, change, out);
}

asio::awaitable<outbox_result> replay_subscription(outbox_context& with, const queued_change& change) {
  const auto what = command_of(change);
  auto done = co_await with.desk.send(what, wire::display_name(change.mailbox.wire()));
  outbox_verdict out;
  if (done) co_return out;
  auto refused = on_refusal(done.error());
  if (!refused || refused->outcome != change_outcome::refused) co_return refused;
  const auto known = co_await with.desk.subscribed(change.mailbox);
  if (!known && !session::is_refusal(known.error())) co_return tl::unexpected(known.error());
  if (!known || known->has_value() != (change.kind == change_kind::subscribe)) co_return refused;
  out.outcome = change_outcome::nothing_left;
  co_return out;
}

}  // namespace outmap::sync
