#include "sync/folder_sync.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "sync/writer_link.hpp"

namespace outmap::sync {
namespace {

// Room for tag, command word and item list in a line of at most wire::longest_command.
constexpr std::size_t longest_set = wire::longest_command - 128;
constexpr std::uint64_t headers_a_command = 2000;
constexpr std::uint64_t bodies_a_command = 500;
// A header is a small part of a message, a line of a listing next to nothing.
constexpr std::uint64_t headers_a_weight = 4;
constexpr std::uint64_t lines_a_weight = 200;
// Beyond this many, a folder of messages that do not come is a sick server and not a case for one command each.
constexpr std::uint64_t most_single_tries = 1000;
// Each task wakes the writer, which is to leave the processor to those who list.
constexpr std::size_t flags_a_task = 128;
constexpr std::size_t states_a_page = 1024;
constexpr std::string_view too_large = "too large: ";

std::optional<uid> uid_in(std::string_view partial_response) {
  const auto at = partial_response.find("UID ");
  if (at == std::string_view::npos) return std::nullopt;
  uid found;
  const auto* first = partial_response.data() + at + 4;
  const auto [end, problem] = std::from_chars(first, partial_response.data() + partial_response.size(), found.value);
  return problem == std::errc{} && found.value != 0 ? std::optional(found) : std::nullopt;
}

bool fetches(errand::purpose why) {
  return why == errand::purpose::headers || why == errand::purpose::bodies || why == errand::purpose::single;
}

void add_all(uid_set& to, const uid_set& what) {
  for (const auto& range : what.ranges()) to.add(range);
}

}  // namespace

folder_sync::folder_sync(sync_context& with, cache::folder_id folder, listed_mailbox mailbox, std::string name)
    : with_(with), folder_(folder), doubtful_(mailbox.doubtful) {
  report_.mailbox = std::move(mailbox.folder.mailbox);
  report_.name = std::move(name);
}

result<void> folder_sync::begin() {
  auto start = with_.from.start_of(report_.mailbox);
  if (!start) return tl::unexpected(start.error());
  start_ = *start;
  auto quarantined = with_.from.quarantine(folder_);
  if (!quarantined) return tl::unexpected(quarantined.error());
  quarantined_before_ = std::move(*quarantined);
  for (const auto& q : quarantined_before_) quarantined_uids_.add(q.uid);
  stage_ = stage::listing;
  with_.so_far.folder = report_.name;
  with_.watch.on_folder_started(report_.name);
  if (with_.quick && start_.scanned_at != 0 && start_.last.value != UINT32_MAX) above_ = start_.last;
  const bool may_be_empty = start_.exists == 0 && (start_.scanned_at != 0 || with_.cautious);
  const bool speculate = with_.account.pipelining && !doubtful_ && !may_be_empty;
  push(speculate ? errand::purpose::list : errand::purpose::open);
  return {};
}

void folder_sync::push(errand::purpose why, uid_set wanted, std::uint64_t weight) {
  errand e;
  e.why = why;
  e.wanted = std::move(wanted);
  e.weight = std::max<std::uint64_t>(1, weight);
  ready_.push_back(std::move(e));
}

void folder_sync::push_fetches(errand::purpose why, const uid_set& wanted, std::uint64_t batch) {
  auto batches = wanted.split(longest_set, batch);
  std::reverse(batches.begin(), batches.end());
  for (auto& b : batches) {
    const auto count = b.size();
    push(why, std::move(b), why == errand::purpose::headers ? count / headers_a_weight : count);
  }
}

result<errand> folder_sync::take() {
  if (stage_ == stage::waiting) {
    if (auto ok = begin(); !ok) return tl::unexpected(ok.error());
  }
  errand next = std::move(ready_.front());
  ready_.pop_front();
  ++out_;
  equip(next);
  return next;
}

void folder_sync::equip(errand& what) {
  using purpose = errand::purpose;
  const auto form_of = [&](purpose why) {
    return why == purpose::headers ? profile::header_form(with_.dialect, true) : profile::full_form(with_.dialect);
  };
  switch (what.why) {
    case purpose::open: return;
    case purpose::recount:
      what.what = profile::noop_command{};
      what.answers = std::make_unique<count_collector>(count_);
      return;
    case purpose::list: return equip_listing(what);
    case purpose::recheck:
      what.what = profile::uid_fetch_command{profile::message_set::of(what.wanted), profile::fetch_form::uid_flags};
      what.answers = std::make_unique<presence_collector>();
      return;
    case purpose::headers:
    case purpose::bodies:
    case purpose::single: {
      const auto section = what.why == purpose::headers ? wire::body_section::header : wire::body_section::full;
      what.what = profile::uid_fetch_command{profile::message_set::of(what.wanted), form_of(what.why)};
      what.answers =
          std::make_unique<message_collector>(with_.to, folder_, section, with_.account.limits, listener(section));
      return;
    }
  }
}

void folder_sync::equip_listing(errand& what) {
  changed_flags_.clear();
  merge_ = std::make_unique<scan_merge>(
      [this] {
        // A part of a listing says nothing about pages.
        if (fresh_ || above_.value != 0) return result<std::vector<cache::listed_page>>();
        return with_.from.listed_pages(folder_);
      },
      [this](uid after, std::size_t most) {
        if (fresh_) return result<std::vector<cache::message_state>>();
        return with_.from.message_states(folder_, std::max(after, above_), most);
      },
      [this](uid which, flag_set&& flags) {
        changed_flags_.push_back({which, std::move(flags)});
        if (changed_flags_.size() == flags_a_task) post_flags();
      });
  auto set = profile::message_set::all();
  if (above_.value != 0) set.text = std::to_string(above_.value + 1) + ":*";
  what.what = profile::uid_fetch_command{std::move(set), profile::fetch_form::uid_flags};
  what.answers = std::make_unique<listing_collector>(count_, *merge_, above_);
  what.weight = 1 + (above_.value != 0 ? 0 : start_.exists / lines_a_weight);
}

void folder_sync::post_flags() {
  if (changed_flags_.empty()) return;
  const auto octets = changed_flags_.size() * 128;
  with_.to.post(octets, [folder = folder_, changed = std::exchange(changed_flags_, {})](cache::store& into) {
    result<void> ok;
    for (auto at = changed.begin(); ok && at != changed.end(); ++at) ok = into.set_flags(folder, at->which, at->flags);
    return ok;
  });
}

result<void> folder_sync::opened(const selection& now) {
  const auto refuse = [&](errc code, const char* why) {
    error e(code, report_.name + ": " + why);
    e.reach = scope::folder;
    return tl::unexpected(e);
  };
  if (!now.validity()) return refuse(errc::unsupported_mailbox, "no UIDVALIDITY (OIMAP-V0037)");
  if (!now.exists()) return refuse(errc::unsupported_mailbox, "no EXISTS (OIMAP-V0036)");
  if (stage_ != stage::listing) {
    if (*now.validity() == validity_) return {};
    return refuse(errc::unexpected_response, "UIDVALIDITY has changed during the run; the next one begins anew");
  }
  validity_ = *now.validity();
  has_opened_ = true;
  count_.begin(*now.exists());
  report_.exists = count_.exists;
  report_.uid_validity_changed = start_.uid_validity.value != 0 && start_.uid_validity != validity_;
  // Also true for a run that goes on where one was stopped after such a change.
  may_adopt_ = report_.uid_validity_changed || start_.adoptable;
  fresh_ = start_.uid_validity != validity_;
  if (!fresh_) return {};
  with_.to.post(
      64, [folder = folder_, value = validity_](cache::store& into) { return into.set_uid_validity(folder, value); });
  quarantined_before_.clear();
  quarantined_uids_ = {};
  return {};
}

asio::awaitable<result<void>> folder_sync::settle(errand done, result<void> outcome) {
  --out_;
  if (stage_ == stage::done) co_return result<void>{};
  using purpose = errand::purpose;
  result<void> ok;
  switch (done.why) {
    case purpose::open: ok = list_if_needed(); break;
    case purpose::list: ok = listed(outcome); break;
    case purpose::recount:
      count_.expected = count_.exists;
      push(purpose::list);
      break;
    case purpose::recheck:
      // Without an answer to the contrary a message counts as still there: it is tried again and never taken for
      // expunged.
      if (!outcome) add_all(present_, done.wanted);
      collect(done);
      break;
    case purpose::headers:
    case purpose::bodies:
    case purpose::single:
      collect(done);
      // It may still have brought some; what is missing is looked at in the end.
      if (!outcome) with_.watch.on_warning(outcome.error());
      break;
  }
  if (!ok) co_return ok;
  co_return co_await advance();
}

result<void> folder_sync::list_if_needed() {
  bool anything = count_.exists != 0;
  if (!anything && !fresh_) {
    const auto held = with_.from.message_states(folder_, uid{0}, 1);
    if (!held) return tl::unexpected(held.error());
    anything = !held->empty();
  }
  // Nothing here and nothing there needs no question, and some servers refuse 1:* in an empty mailbox.
  if (!anything) return planned();
  push(errand::purpose::list);
  return {};
}

asio::awaitable<result<void>> folder_sync::give_back(errand undone) {
  --out_;
  if (stage_ == stage::done) co_return result<void>{};
  collect(undone);
  if (fetches(undone.why)) undone.wanted = undone.wanted.without(arrived_);
  const bool nothing_left = undone.wanted.empty() && fetches(undone.why);
  undone.answers.reset();
  if (!nothing_left) ready_.push_front(std::move(undone));
  co_return co_await advance();
}

void folder_sync::collect(errand& done) {
  if (auto* came = dynamic_cast<message_collector*>(done.answers.get())) {
    if (done.why != errand::purpose::headers) add_all(arrived_, came->arrived());
  } else if (auto* seen = dynamic_cast<presence_collector*>(done.answers.get())) {
    add_all(present_, seen->present());
  }
}

result<void> folder_sync::listed(const result<void>& outcome) {
  if (!outcome) {
    if (count_.exists != 0) {
      fail(outcome.error());
      return {};
    }
    with_.cautious = true;
  }
  auto plan = merge_->finish();
  merge_.reset();
  post_flags();
  if (!plan) {
    if (plan.error().reach != scope::folder) return tl::unexpected(plan.error());
    fail(plan.error());
    return {};
  }
  plan_ = std::move(*plan);
  if (above_.value != 0) {
    // As many more as came: nothing has gone.
    const bool nothing_gone = !fresh_ && count_.exists == start_.exists + plan_.listed;
    above_ = {};
    plan_.settled.clear();
    if (nothing_gone) {
      plan_.listed = count_.expected;
      return planned();
    }
    count_.expected = count_.exists;
    push(errand::purpose::list);
    return {};
  }
  // What contradicts EXISTS is asked for once more behind a NOOP, which lets the server tell what it has removed.
  if (plan_.listed < count_.expected && !counted_again_) {
    counted_again_ = true;
    push(errand::purpose::recount);
    return {};
  }
  return planned();
}

void folder_sync::judge_listing() {
  if (plan_.listed >= count_.expected) return;
  doubt_ = error(errc::unexpected_response, report_.name + ": the server counts " + std::to_string(count_.exists) +
                                                " messages and lists " + std::to_string(plan_.listed) +
                                                ", so nothing was taken for expunged");
  doubt_->reach = scope::folder;
  plan_.vanished = {};
  plan_.settled.clear();
}

result<void> folder_sync::planned() {
  stage_ = stage::fetching;
  report_.exists = count_.exists;
  judge_listing();
  leave_out_hopeless();
  report_.added = plan_.new_messages.size();
  report_.flags_changed = plan_.flags_changed;
  report_.vanished = plan_.vanished.size();
  bodies_wanted_ = std::move(plan_.without_body);
  with_.so_far.messages_total += bodies_wanted_.size();
  with_.watch.on_progress(with_.so_far);
  if (!plan_.vanished.empty()) {
    with_.to.post(plan_.vanished.ranges().size() * sizeof(uid_range),
                  [folder = folder_, gone = plan_.vanished, now = with_.now()](cache::store& into) {
                    return into.set_vanished(folder, gone, now);
                  });
  }
  // Behind the flags and the vanished, before what is fetched: what that changes is forgotten again.
  if (!plan_.settled.empty()) {
    with_.to.post(plan_.settled.size() * sizeof(cache::listed_page),
                  [folder = folder_, pages = std::move(plan_.settled)](cache::store& into) {
                    return into.set_listed_pages(folder, pages);
                  });
  }
  // A header that does not come is made from the body.
  if (with_.account.received == received_date::internal || may_adopt_)
    push_fetches(errand::purpose::headers, plan_.without_header, headers_a_command);
  if (!may_adopt_) push_fetches(errand::purpose::bodies, bodies_wanted_, bodies_a_command);
  plan_ = {};
  return {};
}

arrival_listener folder_sync::listener(wire::body_section section) {
  if (section == wire::body_section::header) return {};
  arrival_listener listen;
  listen.octets = [this](std::uint64_t octets) {
    with_.so_far.folder = report_.name;
    with_.so_far.octets += octets;
    with_.watch.on_progress(with_.so_far);
  };
  listen.message = [this](uid which, std::uint64_t octets) {
    ++report_.bodies;
    report_.body_octets += octets;
    ++with_.so_far.messages_done;
    if (quarantined_uids_.contains(which)) {
      with_.to.post(64, [folder = folder_, which](cache::store& into) { return into.clear_quarantine(folder, which); });
    }
  };
  return listen;
}

asio::awaitable<result<void>> folder_sync::advance() {
  while (ready_.empty() && out_ == 0 && stage_ != stage::done) {
    switch (stage_) {
      case stage::fetching:
        if (may_adopt_) {
          // Nobody else is told that there is work until it is known what is left.
          if (auto ok = co_await wait_for_commit(with_.to); !ok) co_return ok;
          if (auto ok = adopt(); !ok) co_return ok;
          stage_ = stage::adopting;
        } else {
          recheck_missing();
        }
        break;
      case stage::adopting: recheck_missing(); break;
      case stage::rechecking: retry_present(); break;
      case stage::retrying:
        for (const auto u : present_.without(arrived_).to_vector())
          quarantine(u, "the server lists the message and does not deliver it");
        finish();
        break;
      default: co_return result<void>{};
    }
  }
  co_return result<void>{};
}

result<void> folder_sync::adopt() {
  uid_set held;
  for (uid last{0};;) {
    auto page = with_.from.message_states(folder_, last, states_a_page);
    if (!page) return tl::unexpected(page.error());
    if (page->empty()) break;
    for (const auto& s : *page) {
      if (s.has_body) held.add(s.uid);
    }
    last = page->back().uid;
  }
  const auto left = bodies_wanted_.without(held);
  report_.adopted = bodies_wanted_.size() - left.size();
  with_.so_far.messages_total -= report_.adopted;
  bodies_wanted_ = left;
  push_fetches(errand::purpose::bodies, bodies_wanted_, bodies_a_command);
  return {};
}

void folder_sync::recheck_missing() {
  stage_ = stage::rechecking;
  for (auto& piece : bodies_wanted_.without(arrived_).split(longest_set)) {
    const auto count = piece.size();
    push(errand::purpose::recheck, std::move(piece), 1 + count / lines_a_weight);
  }
}

void folder_sync::retry_present() {
  stage_ = stage::retrying;
  // The server may list more than it was asked about.
  present_ = present_.without(present_.without(bodies_wanted_.without(arrived_)));
  auto one_by_one = present_.split(longest_set, 1);
  if (one_by_one.size() > most_single_tries) one_by_one.resize(most_single_tries);
  for (auto& one : one_by_one) push(errand::purpose::single, std::move(one));
}

void folder_sync::finish() {
  // What could be fetched is kept; but a folder that was not seen whole does not count as scanned.
  if (doubt_) return fail(*doubt_);
  with_.to.post(64, [folder = folder_, exists = report_.exists, now = with_.now()](cache::store& into) {
    return into.set_scanned(folder, exists, now);
  });
  close();
}

void folder_sync::close() {
  stage_ = stage::done;
  ready_.clear();
  ++with_.so_far.folders_done;
  with_.so_far.folder = {};
  with_.watch.on_folder_done(report_);
  with_.watch.on_progress(with_.so_far);
}

void folder_sync::drop() {
  if (stage_ == stage::done) return;
  stage_ = stage::done;
  dropped_ = true;
  ready_.clear();
}

void folder_sync::fail(const error& why) {
  if (stage_ == stage::done) return;
  // LIST and LSUB disagreed about it, so nobody is told that it cannot be opened.
  const bool foretold = doubtful_ && !has_opened_ && why.code == errc::command_refused;
  if (!foretold) report_.failure = why;
  close();
}

void folder_sync::leave_out_hopeless() {
  uid_set hopeless;
  for (const auto& q : quarantined_before_) {
    if (q.reason.starts_with(too_large) && plan_.without_body.contains(q.uid)) hopeless.add(q.uid);
  }
  if (hopeless.empty()) return;
  report_.quarantined += hopeless.size();
  plan_.without_body = plan_.without_body.without(hopeless);
  plan_.without_header = plan_.without_header.without(hopeless);
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

void folder_sync::blame(std::string_view partial_response, const error& why) {
  if (const auto which = uid_in(partial_response)) quarantine(*which, std::string(too_large) + why.detail);
}

}  // namespace outmap::sync
