#include "sync/body_fetch.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>

#include "sync/collectors.hpp"
#include "wire/modified_utf7.hpp"

namespace outmap::sync {
namespace {

constexpr std::uint64_t bodies_a_command = 100;
constexpr std::size_t commands_in_flight = 8;
constexpr std::size_t states_a_page = 1024;
constexpr std::uint64_t most_single_tries = 1000;

uid_set both(const uid_set& a, const uid_set& b) { return a.without(a.without(b)); }

/// What SELECT says of a mailbox.
struct opened_mailbox final : session::responder {
  std::optional<std::uint32_t> validity;
  void on_data(wire::response& data) override {
    const auto* status = std::get_if<wire::status_response>(&data);
    if (status != nullptr && status->code.kind == wire::code_kind::uid_validity) validity = status->code.number;
  }
};

struct under_way {
  profile::command_id id = profile::command_id::none;
  uid_set asked;
  std::unique_ptr<message_collector> answer;
};

}  // namespace

body_fetch::body_fetch(sync_context& with, mailbox_name mailbox)
    : with_(with), mailbox_(std::move(mailbox)), name_(wire::display_name(mailbox_.wire())) {}

result<bool> body_fetch::prepare(const uid_set& asked) {
  auto start = with_.from.start_of(mailbox_);
  if (!start) return tl::unexpected(start.error());
  start_ = *start;
  uid_set known;
  uid_set held;
  for (uid last{0};;) {
    auto page = with_.from.message_states(start_.id, last, states_a_page);
    if (!page) return tl::unexpected(page.error());
    if (page->empty()) break;
    for (const auto& s : *page) {
      if (!asked.contains(s.uid)) continue;
      known.add(s.uid);
      if (s.has_body) held.add(s.uid);
    }
    last = page->back().uid;
  }
  report_.gone = asked.without(known);
  quarantine_.emplace(with_, start_.id, name_);
  if (auto ok = quarantine_->load(); !ok) return tl::unexpected(ok.error());
  arrivals_.emplace(with_.to, start_.id);
  if (auto ok = arrivals_->load(with_.from); !ok) return tl::unexpected(ok.error());
  held = held.without(arrivals_->doubtful());
  wanted_ = known.without(held);
  const auto judged = quarantine_->judge({uid_set(), wanted_, false, true, arrivals_->doubtful()});
  if (!judged) return tl::unexpected(judged.error());
  stand_ins_ = both(judged->stand_ins, known);
  wanted_.add(stand_ins_);
  report_.quarantined = both(wanted_, judged->leave);
  wanted_ = wanted_.without(judged->leave);
  report_.here = held.without(stand_ins_);
  return !wanted_.empty();
}

asio::awaitable<result<void>> body_fetch::open(session::session& on) {
  opened_mailbox now;
  const profile::command select = profile::select_command{mailbox_};
  const auto answer = co_await on.execute(select, &now, name_);
  if (!answer) co_return tl::unexpected(answer.error());
  if (now.validity != start_.uid_validity.value) {
    error e(errc::no_such_message, name_ +
                                       ": the UIDs in the cache are no longer those of the server (UIDVALIDITY has "
                                       "changed): a sync brings the new ones");
    e.reach = scope::folder;
    co_return tl::unexpected(e);
  }
  co_return result<void>{};
}

void body_fetch::note_quarantined(uid which, std::string_view reason) {
  report_.quarantined.add(which);
  quarantine_->put(which, reason);
}

arrival_listener body_fetch::listener() {
  arrival_listener listen;
  listen.stand_ins = &stand_ins_;
  listen.octets = [this](std::uint64_t octets) {
    with_.so_far.octets += octets;
    with_.watch.on_progress(with_.so_far);
  };
  listen.message = [this](uid which, std::uint64_t octets, bool stand_in) {
    // The server may send more than it was asked for.
    if (!wanted_.contains(which)) return;
    const bool first = !arrivals_->doubted().contains(which);
    with_.so_far.messages_done += first ? 1 : 0;
    if (stand_in && !words_.contains(which)) {
      words_.add(which);
      note_quarantined(which, "the server sends words about a failure in place of the message");
    }
    report_.body_octets += stand_in || !first ? 0 : octets;
  };
  return listen;
}

void body_fetch::answered(const uid_set& asked, const message_collector& came, bool ok) {
  arrivals_->add(both(came.arrived(), wanted_));
  if (!ok) {
    arrivals_->doubt(asked);
    return;
  }
  const auto complete = arrivals_->confirm(asked).without(words_);
  report_.fetched.add(complete);
  quarantine_->clear(complete);
}

asio::awaitable<result<void>> body_fetch::fetch(session::session& on, const uid_set& what, std::uint64_t batch) {
  auto batches = what.split(wire::longest_set, batch);
  const auto form = profile::full_form(on.talk().known().dialect());
  std::deque<under_way> running;
  while (!batches.empty() || !running.empty()) {
    while (!batches.empty() && running.size() < (with_.account.pipelining ? commands_in_flight : 1)) {
      under_way next;
      next.answer = std::make_unique<message_collector>(with_.to, start_.id, wire::body_section::full,
                                                        with_.account.limits, listener());
      next.asked = batches.back();
      const profile::command ask = profile::uid_fetch_command{profile::message_set::of(next.asked), form};
      batches.pop_back();
      const auto id = on.start(ask, next.answer.get());
      if (!id) co_return tl::unexpected(id.error());
      next.id = *id;
      running.push_back(std::move(next));
    }
    const auto done = co_await on.wait(running.front().id, name_);
    if (!done && !session::is_refusal(done.error())) co_return tl::unexpected(done.error());
    answered(running.front().asked, *running.front().answer, done.has_value());
    running.pop_front();
    if (done) continue;
    with_.watch.on_warning(done.error());
  }
  co_return result<void>{};
}

asio::awaitable<result<uid_set>> body_fetch::still_there(session::session& on, const uid_set& what) {
  uid_set out;
  for (const auto& piece : what.split(wire::longest_set)) {
    presence_collector seen;
    const profile::command ask =
        profile::uid_fetch_command{profile::message_set::of(piece), profile::fetch_form::uid_flags};
    const auto done = co_await on.execute(ask, &seen, name_);
    if (!done && !session::is_refusal(done.error())) co_return tl::unexpected(done.error());
    // Without an answer to the contrary a message counts as still there.
    out.add(done ? both(piece, seen.present()) : piece);
  }
  co_return out;
}

asio::awaitable<result<void>> body_fetch::fetch_all(session::session& on) {
  if (auto ok = co_await fetch(on, wanted_, bodies_a_command); !ok) co_return ok;
  auto missing = wanted_.without(arrivals_->complete());
  if (missing.empty()) co_return result<void>{};
  const auto there = co_await still_there(on, missing);
  if (!there) co_return tl::unexpected(there.error());
  const auto gone = missing.without(*there);
  report_.gone.add(gone);
  quarantine_->clear(gone);
  if (there->size() <= most_single_tries) {
    if (auto ok = co_await fetch(on, *there, 1); !ok) co_return ok;
  }
  for (const auto u : there->without(arrivals_->complete()).without(words_).to_vector()) {
    note_quarantined(u, arrivals_->doubtful().contains(u)
                            ? "the server sends the message and refuses the command; what it sent is kept"
                            : "the server lists the message and does not deliver it");
  }
  co_return result<void>{};
}

asio::awaitable<result<void>> body_fetch::run(session::session& on) {
  if (auto ok = co_await open(on); !ok) co_return ok;
  with_.so_far.folder = name_;
  with_.so_far.messages_total = wanted_.size();
  const auto done = co_await fetch_all(on);
  if (!done) {
    if (done.error().code == errc::limit_exceeded) quarantine_->blame(on.talk().partial_text(), done.error());
    report_.failure = done.error();
  }
  co_return result<void>{};
}

fetch_report body_fetch::finish() {
  if (!report_.failure && !(report_.gone.empty() && report_.quarantined.empty())) {
    report_.failure =
        error(errc::incomplete, name_ + ": " + std::to_string(report_.gone.size()) + " messages are gone, " +
                                    std::to_string(report_.quarantined.size()) + " could not be fetched");
  }
  return std::move(report_);
}

}  // namespace outmap::sync
