#include "sync/outbox_replay.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "session/throttling.hpp"
#include "sync/outbox_append.hpp"
#include "sync/outbox_copy.hpp"
#include "sync/outbox_folders.hpp"
#include "sync/outbox_order.hpp"
#include "sync/outbox_purge.hpp"
#include "sync/outbox_store.hpp"

namespace outmap {

const char* to_string(change_outcome outcome) noexcept {
  switch (outcome) {
    case change_outcome::sent: return "sent";
    case change_outcome::already_there: return "already there";
    case change_outcome::nothing_left: return "nothing left to do";
    case change_outcome::refused: return "refused";
    case change_outcome::conflict: return "conflict";
    case change_outcome::postponed: return "postponed";
  }
  return "";
}

}  // namespace outmap

namespace outmap::sync {
namespace {

// Of this change alone: the session goes on.
bool spares_the_session(const error& e) {
  const bool told_nothing = e.code == errc::unexpected_response && e.reach == scope::folder;
  return told_nothing || session::is_refusal(e) || e.code == errc::server_unavailable || e.code == errc::incomplete ||
         e.code == errc::unencodable || e.code == errc::invalid_argument;
}

// Never sent, or nothing that a later try would change.
bool is_hopeless(const error& e) {
  return e.code == errc::incomplete || e.code == errc::unencodable || e.code == errc::invalid_argument;
}

bool is_final(change_state s) { return s == change_state::refused || s == change_state::conflict; }

std::int64_t pause_after(std::uint32_t attempts, std::chrono::milliseconds asked) {
  const auto doubled = outbox_replay::first_pause << std::min<std::uint32_t>(attempts, 16);
  const auto wanted = std::chrono::ceil<std::chrono::seconds>(std::min(asked, std::chrono::milliseconds(86'400'000)));
  return std::max<std::int64_t>(std::min(doubled, outbox_replay::longest_pause), wanted.count());
}

std::string with_server_text(const outbox_verdict& v) {
  if (v.server_text.empty()) return v.reason;
  return v.reason + (v.reason.empty() ? "" : "; ") + "the server said: " + printable(v.server_text);
}

}  // namespace

asio::awaitable<outbox_result> outbox_replay::send(const queued_change& change) {
  switch (change.kind) {
    case change_kind::store: co_return co_await replay_store(with_, change);
    case change_kind::copy: co_return co_await replay_copy(with_, change);
    case change_kind::move: co_return co_await replay_move(with_, change);
    case change_kind::append: co_return co_await replay_append(with_, change);
    case change_kind::expunge: co_return co_await replay_purge(with_, change);
    case change_kind::create:
    case change_kind::remove:
    case change_kind::rename: co_return co_await replay_tree_change(with_, change);
    case change_kind::subscribe:
    case change_kind::unsubscribe: co_return co_await replay_subscription(with_, change);
  }
  co_return fail(errc::internal, "an unknown kind of change");
}

result<void> outbox_replay::record(const queued_change& change, const outbox_verdict& v) {
  switch (v.outcome) {
    case change_outcome::sent:
    case change_outcome::already_there:
      ++(v.outcome == change_outcome::sent ? report_.sent : report_.already_there);
      return v.shown ? with_.box.finish(change.id) : with_.box.done(change.id);
    case change_outcome::nothing_left: ++report_.nothing_left; return with_.box.finish(change.id);
    case change_outcome::refused: ++report_.refused; return with_.box.refuse(change.id, v.server_text);
    case change_outcome::conflict: ++report_.conflicts; return with_.box.conflict(change.id, with_server_text(v));
    case change_outcome::postponed:
      ++report_.postponed;
      return with_.box.postpone(change.id, with_.now() + pause_after(change.attempts, v.pause), with_server_text(v));
  }
  return fail(errc::internal, "an unknown outcome of a change");
}

void outbox_replay::tell(const queued_change& change, const outbox_verdict& v) {
  outbox_event event;
  event.id = change.id;
  event.kind = change.kind;
  event.mailbox = change.mailbox;
  event.destination = change.destination;
  event.outcome = v.outcome;
  event.reason = v.reason;
  event.server_text = v.server_text;
  with_.watch.on_outbox(event);
  if (v.outcome == change_outcome::postponed && v.pause.count() > 0) with_.watch.on_throttled(v.pause);
}

asio::awaitable<outbox_report> outbox_replay::run() {
  report_ = {};
  auto queued = with_.box.list();
  if (!queued) {
    report_.failure = queued.error();
    co_return report_;
  }
  std::vector<const queued_change*> stuck;
  for (const auto& change : *queued) {
    last_ = change.id;
    if (change.state == change_state::done) continue;
    const bool waits = is_final(change.state) || change.not_before > with_.now() ||
                       std::any_of(stuck.begin(), stuck.end(), [&](const auto* s) { return depends_on(change, *s); });
    if (waits) {
      stuck.push_back(&change);
      continue;
    }
    auto verdict = co_await send(change);
    if (!verdict && is_hopeless(verdict.error())) verdict = conflict_of(verdict.error().message());
    if (!verdict && spares_the_session(verdict.error())) {
      // It could not even be looked for; it stays as it is.
      with_.watch.on_warning(verdict.error());
      stuck.push_back(&change);
      if (session::suggested_back_off(verdict.error().server_text)) break;
      continue;
    }
    if (!verdict) {
      report_.failure = verdict.error();
      break;
    }
    if (auto ok = record(change, *verdict); !ok) {
      report_.failure = ok.error();
      break;
    }
    tell(change, *verdict);
    if (verdict->outcome == change_outcome::postponed && verdict->server_busy) break;
    const bool done = verdict->outcome == change_outcome::sent || verdict->outcome == change_outcome::already_there ||
                      verdict->outcome == change_outcome::nothing_left;
    if (!done) stuck.push_back(&change);
  }
  if (const auto counts = with_.box.count()) report_.left = counts->waiting + counts->in_doubt;
  co_return report_;
}

result<void> settle_scanned(cache::outbox& box, const sync_report& report, change_id last, bool everything) {
  if (last == 0) return {};
  for (const auto& folder : report.folders) {
    if (folder.failure) continue;
    if (auto ok = box.settle(folder.mailbox, last); !ok) return ok;
  }
  if (report.failure && report.failure->code != errc::incomplete) return {};
  const bool whole = everything && !report.failure;
  auto rest = box.list();
  if (!rest) return tl::unexpected(rest.error());
  for (const auto& change : *rest) {
    const bool of_tree = change.kind == change_kind::create || change.kind == change_kind::remove ||
                         change.kind == change_kind::rename || change.kind == change_kind::subscribe ||
                         change.kind == change_kind::unsubscribe;
    if (change.id > last || change.state != change_state::done || !(of_tree || whole)) continue;
    if (auto ok = box.finish(change.id); !ok) return ok;
  }
  return {};
}

}  // namespace outmap::sync
