#include "sync/folder_sync.hpp"

#include <algorithm>
#include <charconv>
#include <deque>

#include "sync/collectors.hpp"
#include "sync/mailbox_scan.hpp"
#include "sync/writer_link.hpp"

namespace outmap::sync {
namespace {

// Room for tag, command word and item list in a line of at most wire::longest_command.
constexpr std::size_t longest_set = wire::longest_command - 128;
constexpr std::uint64_t headers_a_command = 2000;
constexpr std::uint64_t bodies_a_command = 500;
constexpr std::size_t commands_in_flight = 3;
// Beyond this many, a folder of messages that do not come is a sick server and not a case for one command each.
constexpr std::uint64_t most_single_tries = 1000;
constexpr std::string_view too_large = "too large: ";

std::vector<uid_set> newest_first(const uid_set& wanted, std::uint64_t batch) {
  auto batches = wanted.split(longest_set, batch);
  std::reverse(batches.begin(), batches.end());
  return batches;
}

uid_set minus(const uid_set& all, const uid_set& gone) {
  uid_set out;
  for (const auto u : all.to_vector()) {
    if (!gone.contains(u)) out.add(u);
  }
  return out;
}

std::optional<uid> uid_in(std::string_view partial_response) {
  const auto at = partial_response.find("UID ");
  if (at == std::string_view::npos) return std::nullopt;
  uid found;
  const auto* first = partial_response.data() + at + 4;
  const auto [end, problem] = std::from_chars(first, partial_response.data() + partial_response.size(), found.value);
  return problem == std::errc{} && found.value != 0 ? std::optional(found) : std::nullopt;
}

}  // namespace

asio::awaitable<result<void>> folder_sync::run() {
  if (auto ok = co_await select(); !ok) co_return ok;
  if (auto ok = co_await scan(); !ok) co_return ok;

  const bool headers_first = with_.account.received == received_date::internal || may_adopt_;
  if (headers_first) {
    if (auto ok = co_await fetch_headers(plan_.without_header, headers_first); !ok) co_return ok;
  }
  auto bodies = plan_.without_body;
  if (may_adopt_) {
    if (auto ok = co_await wait_for_commit(with_.to); !ok) co_return ok;
    auto states = with_.from.message_states(folder_);
    if (!states) co_return tl::unexpected(states.error());
    uid_set held;
    for (const auto& s : *states) {
      if (s.has_body) held.add(s.uid);
    }
    const auto left = minus(bodies, held);
    report_.adopted = bodies.size() - left.size();
    with_.so_far.messages_total -= report_.adopted;
    bodies = left;
  }
  if (auto ok = co_await fetch_bodies(bodies); !ok) co_return ok;
  // What could be fetched is kept; but a folder that was not seen whole does not count as scanned.
  if (doubt_) co_return tl::unexpected(*doubt_);
  with_.to.post(64, [folder = folder_, exists = report_.exists, now = with_.now()](cache::store& into) {
    return into.set_scanned(folder, exists, now);
  });
  co_return result<void>{};
}

asio::awaitable<result<void>> folder_sync::select() {
  select_collector got;
  const profile::command open = profile::select_command{report_.mailbox};
  auto selected = co_await with_.on.execute(open, &got, report_.name);
  if (!selected) co_return tl::unexpected(selected.error());
  if (!got.validity()) co_return fail(errc::unsupported_mailbox, report_.name + ": no UIDVALIDITY (OIMAP-V0037)");
  if (!got.exists()) co_return fail(errc::unsupported_mailbox, report_.name + ": no EXISTS (OIMAP-V0036)");
  report_.exists = *got.exists();

  auto known = with_.from.folder(report_.mailbox);
  if (!known) co_return tl::unexpected(known.error());
  report_.uid_validity_changed = known->uid_validity.value != 0 && known->uid_validity != *got.validity();
  // Also true for a run that goes on where one was stopped after such a change.
  may_adopt_ = report_.uid_validity_changed || known->tombstones != 0;
  if (known->uid_validity != *got.validity()) {
    with_.to.post(64, [folder = folder_, value = *got.validity()](cache::store& into) {
      return into.set_uid_validity(folder, value);
    });
    if (auto ok = co_await wait_for_commit(with_.to); !ok) co_return ok;
  }
  co_return result<void>{};
}

asio::awaitable<result<std::vector<seen_message>>> folder_sync::scan_uids(profile::message_set set) {
  scan_collector scanned(0);
  const profile::command list = profile::uid_fetch_command{std::move(set), profile::fetch_form::uid_flags};
  auto done = co_await with_.on.execute(list, &scanned, report_.name);
  if (!done) co_return tl::unexpected(done.error());
  co_return scanned.take();
}

asio::awaitable<result<void>> folder_sync::scan() {
  auto cached = with_.from.message_states(folder_);
  if (!cached) co_return tl::unexpected(cached.error());
  mailbox_scan scanned;
  // Nothing here and nothing there needs no question, and some servers refuse 1:* in an empty mailbox.
  if (report_.exists != 0 || !cached->empty()) {
    auto answer = co_await scan_mailbox(with_.on, report_.exists, report_.name);
    if (!answer) co_return tl::unexpected(answer.error());
    scanned = std::move(*answer);
    report_.exists = scanned.exists;
  }
  const auto listed = scanned.seen.size();
  auto quarantined = with_.from.quarantine(folder_);
  if (!quarantined) co_return tl::unexpected(quarantined.error());
  quarantined_before_ = std::move(*quarantined);
  plan_ = plan(*cached, std::move(scanned.seen));
  if (!scanned.whole) {
    doubt_ = error(errc::unexpected_response, report_.name + ": the server counts " + std::to_string(scanned.exists) +
                                                  " messages and lists " + std::to_string(listed) +
                                                  ", so nothing was taken for expunged");
    doubt_->reach = scope::folder;
    plan_.vanished = {};
  }
  leave_out_hopeless();
  report_.added = plan_.new_messages.size();
  report_.flags_changed = plan_.changed_flags.size();
  report_.vanished = plan_.vanished.size();
  with_.so_far.messages_total += plan_.without_body.size();
  with_.watch.on_progress(with_.so_far);
  apply(plan_);
  co_return result<void>{};
}

void folder_sync::apply(const folder_plan& todo) {
  if (!todo.vanished.empty()) {
    with_.to.post(todo.vanished.ranges().size() * sizeof(uid_range),
                  [folder = folder_, gone = todo.vanished, now = with_.now()](cache::store& into) {
                    return into.set_vanished(folder, gone, now);
                  });
  }
  for (const auto& [which, flags] : todo.changed_flags) {
    with_.to.post(64, [folder = folder_, which = which, flags = flags](cache::store& into) {
      return into.set_flags(folder, which, flags);
    });
  }
}

arrival_listener folder_sync::listener(wire::body_section section) {
  if (section == wire::body_section::header) return {};
  arrival_listener listen;
  listen.octets = [this](std::uint64_t octets) {
    with_.so_far.octets += octets;
    with_.watch.on_progress(with_.so_far);
  };
  listen.message = [this](uid which, std::uint64_t octets) {
    ++report_.bodies;
    report_.body_octets += octets;
    ++with_.so_far.messages_done;
    const auto was = [which](const cache::quarantine_record& q) { return q.uid == which; };
    if (std::any_of(quarantined_before_.begin(), quarantined_before_.end(), was)) {
      with_.to.post(64, [folder = folder_, which](cache::store& into) { return into.clear_quarantine(folder, which); });
    }
  };
  return listen;
}

asio::awaitable<result<void>> folder_sync::fetch(profile::fetch_form form, wire::body_section section,
                                                 const std::vector<uid_set>& batches, uid_set& arrived) {
  struct in_flight {
    profile::command_id id;
    std::unique_ptr<message_collector> answers;
  };
  std::deque<in_flight> running;
  std::size_t next = 0;
  while (next < batches.size() || !running.empty()) {
    while (next < batches.size() && running.size() < commands_in_flight) {
      auto answers =
          std::make_unique<message_collector>(with_.to, folder_, section, with_.account.limits, listener(section));
      auto id =
          with_.on.start(profile::uid_fetch_command{profile::message_set::of(batches[next++]), form}, answers.get());
      if (!id) co_return tl::unexpected(id.error());
      running.push_back({*id, std::move(answers)});
    }
    auto done = co_await with_.on.wait(running.front().id, report_.name);
    for (const auto& range : running.front().answers->arrived().ranges()) arrived.add(range);
    running.pop_front();
    if (done) continue;
    if (done.error().code == errc::limit_exceeded) quarantine_culprit(done.error());
    // The batch may still have brought some; what is missing is looked at by the caller.
    if (!session::is_refusal(done.error())) co_return tl::unexpected(done.error());
    with_.watch.on_warning(done.error());
  }
  co_return result<void>{};
}

asio::awaitable<result<void>> folder_sync::fetch_headers(const uid_set& wanted, bool with_date) {
  uid_set arrived;
  const auto form = profile::header_form(with_.on.talk().known().dialect(), with_date);
  auto ok = co_await fetch(form, wire::body_section::header, newest_first(wanted, headers_a_command), arrived);
  // A header that did not come is made from the body.
  co_return ok;
}

asio::awaitable<result<void>> folder_sync::fetch_bodies(const uid_set& wanted) {
  uid_set arrived;
  const auto form = profile::full_form(with_.on.talk().known().dialect());
  auto ok = co_await fetch(form, wire::body_section::full, newest_first(wanted, bodies_a_command), arrived);
  if (!ok) co_return ok;
  const auto missing = minus(wanted, arrived);
  if (missing.empty()) co_return result<void>{};
  co_return co_await settle_missing(missing);
}

asio::awaitable<result<void>> folder_sync::settle_missing(const uid_set& missing) {
  uid_set listed;
  uid_set arrived;
  for (const auto& piece : missing.split(longest_set)) {
    auto still = co_await scan_uids(profile::message_set::of(piece));
    if (!still && !session::is_refusal(still.error())) co_return tl::unexpected(still.error());
    // Without an answer to the contrary a message counts as still there: it is tried again and never taken for
    // expunged.
    if (!still) {
      for (const auto& range : piece.ranges()) listed.add(range);
      continue;
    }
    for (const auto& s : *still) {
      if (piece.contains(s.which)) listed.add(s.which);
    }
  }
  const auto form = profile::full_form(with_.on.talk().known().dialect());
  std::vector<uid_set> one_by_one = listed.split(longest_set, 1);
  if (one_by_one.size() > most_single_tries) one_by_one.resize(most_single_tries);
  if (auto ok = co_await fetch(form, wire::body_section::full, one_by_one, arrived); !ok) co_return ok;
  for (const auto u : minus(listed, arrived).to_vector())
    quarantine(u, "the server lists the message and does not deliver it");
  co_return result<void>{};
}

void folder_sync::leave_out_hopeless() {
  uid_set hopeless;
  for (const auto& q : quarantined_before_) {
    if (q.reason.starts_with(too_large) && plan_.without_body.contains(q.uid)) hopeless.add(q.uid);
  }
  if (hopeless.empty()) return;
  report_.quarantined += hopeless.size();
  plan_.without_body = minus(plan_.without_body, hopeless);
  plan_.without_header = minus(plan_.without_header, hopeless);
}

void folder_sync::quarantine(uid which, std::string reason) {
  ++report_.quarantined;
  with_.watch.on_warning(
      error(errc::incomplete, report_.name + ": UID " + std::to_string(which.value) + ": " + reason));
  with_.to.post(reason.size() + 64,
                [folder = folder_, which, reason = std::move(reason), now = with_.now()](cache::store& into) {
                  return into.put_quarantine(folder, which, reason, now);
                });
}

void folder_sync::quarantine_culprit(const error& why) {
  // Without this the same message would end every run at the same place.
  if (const auto which = uid_in(with_.on.talk().partial_text()))
    quarantine(*which, std::string(too_large) + why.detail);
}

}  // namespace outmap::sync
