#include "sync/outbox_context.hpp"

#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>

#include <algorithm>
#include <utility>

#include "net/operations.hpp"
#include "session/throttling.hpp"
#include "sync/writer_link.hpp"
#include "wire/modified_utf7.hpp"

namespace outmap::sync {
namespace {

// The folder as the cache knows it, if its UIDs mean the same.
result<std::optional<cache::folder_id>> known_folder(outbox_context& with, const mailbox_name& mailbox,
                                                     uid_validity validity) {
  auto start = with.from.start_of(mailbox);
  if (!start && start.error().code == errc::no_such_mailbox) return std::nullopt;
  if (!start) return tl::unexpected(start.error());
  if (start->uid_validity != validity) return std::nullopt;
  return start->id;
}

std::optional<outbox_verdict> postponed(const error& e) {
  const auto pause = session::suggested_back_off(e.server_text);
  if (!pause && e.code != errc::server_unavailable) return std::nullopt;
  outbox_verdict out;
  out.outcome = change_outcome::postponed;
  out.reason = pause ? "the server wants to be left alone" : "the server cannot reach the mailbox";
  out.server_text = e.server_text;
  out.pause = pause.value_or(std::chrono::milliseconds(0));
  out.server_busy = true;
  return out;
}

}  // namespace

outbox_result on_refusal(const error& e) {
  if (auto later = postponed(e)) return *later;
  if (!session::is_refusal(e)) return tl::unexpected(e);
  outbox_verdict out;
  out.outcome = change_outcome::refused;
  out.server_text = e.server_text;
  return out;
}

outbox_result on_closed_mailbox(const error& e, const mailbox_name& which) {
  if (auto later = postponed(e)) return *later;
  const auto name = wire::display_name(which.wire());
  if (e.code == errc::unsupported_mailbox) return conflict_of(name + ": the server does not tell its UIDVALIDITY");
  if (!session::is_refusal(e)) return tl::unexpected(e);
  return conflict_of(name + ": the server does not open this folder", e.server_text);
}

outbox_verdict conflict_of(std::string reason, std::string server_text) {
  outbox_verdict out;
  out.outcome = change_outcome::conflict;
  out.reason = std::move(reason);
  out.server_text = std::move(server_text);
  return out;
}

result<std::optional<outbox_verdict>> before_sending_again(outbox_context& with, const queued_change& change) {
  outbox_verdict later;
  later.outcome = change_outcome::postponed;
  later.reason = "the connection was lost while it was being sent";
  if (change.attempts != 0) return later;
  if (auto ok = with.box.postpone(change.id, 0, later.reason); !ok) return tl::unexpected(ok.error());
  return std::nullopt;
}

asio::awaitable<result<bool>> show_flags(outbox_context& with, const mailbox_name& mailbox, uid_validity validity,
                                         const std::map<uid, flag_set>& flags) {
  const auto folder = known_folder(with, mailbox, validity);
  if (!folder) co_return tl::unexpected(folder.error());
  if (!*folder) co_return false;
  with.to.post(flags.size() * 64, [id = **folder, flags](cache::store& into) -> result<void> {
    for (const auto& [which, now] : flags) {
      if (auto ok = into.set_flags(id, which, now); !ok) return ok;
    }
    return {};
  });
  if (auto ok = co_await wait_until_durable(with.to); !ok) co_return tl::unexpected(ok.error());
  co_return true;
}

asio::awaitable<result<bool>> show_vanished(outbox_context& with, const mailbox_name& mailbox, uid_validity validity,
                                            const uid_set& gone) {
  const auto folder = known_folder(with, mailbox, validity);
  if (!folder) co_return tl::unexpected(folder.error());
  if (!*folder) co_return false;
  with.to.post(gone.ranges().size() * sizeof(uid_range), [id = **folder, gone, now = with.now()](cache::store& into) {
    return into.set_vanished(id, gone, now);
  });
  if (auto ok = co_await wait_until_durable(with.to); !ok) co_return tl::unexpected(ok.error());
  co_return true;
}

asio::awaitable<result<bool>> show_renamed(outbox_context& with, const queued_change& done) {
  const auto tree = with.from.tree();
  if (!tree) co_return tl::unexpected(tree.error());
  const auto named = [&](const mailbox_name& name) {
    return std::find_if(tree->begin(), tree->end(), [&](const auto& f) { return f.listed.mailbox == name; });
  };
  // After a crash behind the commit the cache has the new name already.
  auto known = named(done.mailbox);
  if (known == tree->end() && done.state == change_state::in_doubt) known = named(done.destination);
  if (known == tree->end()) co_return false;
  const auto delimiter = known->listed.delimiter;
  with.to.post(
      256, [from = done.mailbox, to = done.destination](cache::store& into) { return into.rename_folder(from, to); });
  if (auto ok = co_await wait_until_durable(with.to); !ok) co_return tl::unexpected(ok.error());
  const auto followed = with.box.follow_rename(done.mailbox, done.destination, delimiter, done.id);
  if (!followed) co_return tl::unexpected(followed.error());
  co_return true;
}

asio::awaitable<bool> wait_for_second_look(outbox_context& with) {
  if (std::exchange(with.waited, true)) co_return false;
  if (with.account.second_look.count() <= 0) co_return false;
  asio::steady_timer pause(co_await asio::this_coro::executor, with.account.second_look);
  co_await net::wait(pause);
  co_return true;
}

}  // namespace outmap::sync
