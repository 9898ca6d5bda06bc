#include "sync/folder_sync.hpp"

#include <algorithm>
#include <utility>

#include "sync/deletion_guard.hpp"
#include "sync/folder_records.hpp"
#include "sync/writer_link.hpp"

namespace outmap::sync {
namespace {

constexpr std::uint64_t headers_a_command = 2000;
// A line of a listing is next to nothing beside a message.
constexpr std::uint64_t lines_a_weight = 200;

}  // namespace

folder_sync::folder_sync(sync_context& with, cache::folder_id folder, listed_mailbox mailbox, std::string name)
    : with_(with),
      folder_(folder),
      doubtful_(mailbox.doubtful),
      changed_flags_(with.to, folder, with.told),
      quarantine_(with, folder, name),
      arrivals_(with.to, folder) {
  report_.mailbox = std::move(mailbox.folder.mailbox);
  report_.name = std::move(name);
}

result<void> folder_sync::recall() {
  auto start = with_.from.start_of(report_.mailbox);
  if (!start) return tl::unexpected(start.error());
  start_ = *start;
  if (auto ok = quarantine_.load(); !ok) return ok;
  if (auto ok = bodies() ? arrivals_.load(with_.from) : result<void>{}; !ok) return ok;
  if (!arrivals_.doubtful().empty()) size_.lost();
  stage_ = stage::listing;
  with_.so_far.folder = report_.name;
  with_.watch.on_folder_started(report_.name);
  if (with_.quick && start_.scanned_at != 0 && start_.last.value != UINT32_MAX) above_ = start_.last;
  return {};
}

asio::awaitable<result<void>> folder_sync::resume(const selection& now) {
  if (auto ok = recall(); !ok) co_return ok;
  if (auto ok = opened(now); !ok) co_return ok;
  if (auto ok = list_if_needed(); !ok) co_return ok;
  co_return co_await advance();
}

result<void> folder_sync::begin() {
  if (auto ok = recall(); !ok) return ok;
  const bool may_be_empty = start_.exists == 0 && (start_.scanned_at != 0 || with_.cautious);
  const bool speculate = with_.account.pipelining && !doubtful_ && !may_be_empty;
  ready_.push(speculate ? errand::purpose::list : errand::purpose::open);
  return {};
}

result<errand> folder_sync::take() {
  if (stage_ == stage::waiting) {
    if (auto ok = begin(); !ok) return tl::unexpected(ok.error());
  }
  errand next = ready_.take(size_.now());
  ++out_;
  equip(next);
  return next;
}

void folder_sync::equip(errand& what) {
  using purpose = errand::purpose;
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
      const bool whole = what.why == purpose::bodies || (what.why == purpose::single && bodies());
      const auto form = whole ? profile::full_form(with_.dialect)
                              : profile::header_form(with_.dialect, with_.account.received == received_date::internal);
      const auto section = whole ? wire::body_section::full : wire::body_section::header;
      what.what = profile::uid_fetch_command{profile::message_set::of(what.wanted), form};
      what.answers =
          std::make_unique<message_collector>(with_.to, folder_, section, with_.account.limits, listener(what.why));
      return;
    }
  }
}

void folder_sync::equip_listing(errand& what) {
  changed_flags_.forget();
  merge_ = std::make_unique<scan_merge>(
      [this] {
        // A part of a listing says nothing about pages.
        if (fresh_ || above_.value != 0) return result<std::vector<cache::listed_page>>();
        return with_.from.listed_pages(folder_);
      },
      [this](uid after, std::size_t most) {
        if (fresh_) return result<std::vector<cache::message_state>>();
        return held_states(with_.from, folder_, std::max(after, above_), most, wants_dates());
      },
      [this](uid which, flag_set&& flags) { changed_flags_.add(which, std::move(flags)); });
  auto set = profile::message_set::all();
  if (above_.value != 0) set.text = std::to_string(above_.value + 1) + ":*";
  what.what = profile::uid_fetch_command{std::move(set), profile::fetch_form::uid_flags};
  what.answers = std::make_unique<listing_collector>(count_, *merge_, above_);
  what.weight = 1 + (above_.value != 0 ? 0 : start_.exists / lines_a_weight);
}

result<void> folder_sync::opened(const selection& now) {
  const auto refuse = [&](errc code, const char* why) {
    error e(code, report_.name + ": " + why);
    e.reach = scope::folder;
    return tl::unexpected(e);
  };
  if (!now.validity()) return refuse(errc::unsupported_mailbox, "no UIDVALIDITY (OIMAP-V0037)");
  if (!now.exists()) return refuse(errc::unsupported_mailbox, "no EXISTS (OIMAP-V0036)");
  if (with_.told != nullptr) with_.told->on_opened();
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
  if (fresh_) quarantine_.forget();
  if (fresh_) arrivals_.forget();
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
      ready_.push(purpose::list);
      break;
    case purpose::recheck:
      // Without an answer to the contrary a message counts as still there: it is tried again and never taken for
      // expunged.
      if (!outcome) present_.add(done.wanted);
      collect(done);
      break;
    case purpose::headers:
    case purpose::bodies:
    case purpose::single:
      collect(done);
      answered(done, outcome);
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
  ready_.push(errand::purpose::list);
  return {};
}

asio::awaitable<result<void>> folder_sync::give_back(errand undone) {
  --out_;
  if (stage_ == stage::done) co_return result<void>{};
  collect(undone);
  uid_set again;
  if (bodies() && is_main(undone.why)) again = arrivals_.doubt(undone.wanted);
  if (is_main(undone.why)) undone.wanted = undone.wanted.without(arrivals_.complete()).without(again);
  if (!again.empty()) size_.lost();
  ready_.give_back(std::move(undone));
  ready_.push_again(again);
  co_return co_await advance();
}

void folder_sync::tell_added(const uid_set& arrived) {
  if (with_.told == nullptr) return;
  const auto left = untold_.without(arrived);
  const auto added = untold_.without(left);
  untold_ = left;
  if (!added.empty()) with_.told->on_added(added);
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
  changed_flags_.post();
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
      listed_whole_ = false;
      plan_.listed = count_.expected;
      return planned();
    }
    count_.expected = count_.exists;
    ready_.push(errand::purpose::list);
    return {};
  }
  // What contradicts EXISTS is asked for once more behind a NOOP, which lets the server tell what it has removed.
  if (plan_.listed < count_.expected && !counted_again_) {
    counted_again_ = true;
    ready_.push(errand::purpose::recount);
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

// Before anything is done about what the listing says.
result<bool> folder_sync::guarded() {
  const auto known = plan_.listed - plan_.new_messages.size();
  auto held = known + plan_.vanished.size();
  auto gone = plan_.vanished.size();
  if (fresh_ && start_.uid_validity.value != 0) {
    // Nobody knows which are which; but fewer are fewer.
    const auto before = with_.from.folder(report_.mailbox);
    if (!before) return tl::unexpected(before.error());
    held = before->messages;
    gone = held - std::min<std::uint64_t>(held, plan_.listed);
  }
  const auto tripped = judge_deletions(report_.name, gone, held, with_.deletions);
  if (!tripped) return false;
  if (fresh_) {
    // What is there by the old UIDs stays as it is until somebody decides.
    plan_ = {};
    fail(*tripped);
    return true;
  }
  // New mail is not to wait for that.
  doubt_ = *tripped;
  plan_.vanished = {};
  plan_.settled.clear();
  return false;
}

result<void> folder_sync::planned() {
  report_.exists = count_.exists;
  judge_listing();
  const auto tripped = guarded();
  if (!tripped) return tl::unexpected(tripped.error());
  if (*tripped) return {};
  stage_ = stage::fetching;
  if (auto ok = choose_wanted(); !ok) return ok;
  report_.added = plan_.new_messages.size();
  report_.flags_changed = plan_.flags_changed;
  report_.vanished = plan_.vanished.size();
  if (with_.told != nullptr) untold_ = std::move(plan_.new_messages);
  with_.so_far.messages_total += wanted_.size();
  with_.watch.on_progress(with_.so_far);
  post_plan();
  // A header that does not come is made from the body.
  if (!bodies())
    ready_.push_fetches(errand::purpose::headers, wanted_, headers_a_command);
  else if (wants_dates() || may_adopt_)
    ready_.push_fetches(errand::purpose::headers, plan_.without_header, headers_a_command);
  if (bodies() && !may_adopt_) push_bodies();
  plan_ = {};
  return {};
}

result<void> folder_sync::choose_wanted() {
  wanted_ = bodies() ? plan_.without_body : plan_.without_header;
  wanted_.add(arrivals_.doubtful().without(plan_.vanished));
  auto judged = quarantine_.judge({plan_.vanished, wanted_, listed_whole_ && !doubt_, bodies(), arrivals_.doubtful()});
  if (!judged) return tl::unexpected(judged.error());
  report_.quarantined += judged->leave.size();
  wanted_ = wanted_.without(judged->leave);
  wanted_.add(judged->ask);
  if (bodies()) plan_.without_header.add(plan_.without_date);
  plan_.without_header = plan_.without_header.without(judged->leave);
  stand_ins_ = std::move(judged->stand_ins);
  return {};
}

void folder_sync::post_plan() {
  if (fresh_) post_uid_validity(with_.to, folder_, validity_);
  if (!plan_.vanished.empty()) {
    post_vanished(with_.to, folder_, plan_.vanished, with_.now());
    if (with_.told != nullptr) with_.told->on_vanished(plan_.vanished);
  }
  // Behind the flags and the vanished, before what is fetched: what that changes is forgotten again.
  if (!plan_.settled.empty()) post_listed_pages(with_.to, folder_, std::move(plan_.settled));
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
        give_up_missing();
        finish();
        break;
      default: co_return result<void>{};
    }
  }
  co_return result<void>{};
}

void folder_sync::recheck_missing() {
  stage_ = stage::rechecking;
  for (auto& piece : wanted_.without(arrivals_.complete()).split(wire::longest_set)) {
    const auto count = piece.size();
    ready_.push(errand::purpose::recheck, std::move(piece), 1 + count / lines_a_weight);
  }
}

void folder_sync::finish() {
  // What could be fetched is kept; but a folder that was not seen whole does not count as scanned.
  if (doubt_) return fail(*doubt_);
  post_scanned(with_.to, folder_, report_.exists, with_.now());
  // Never for a folder that a guard or a failure has ended before this.
  if (const auto days = with_.account.keep_expunged) {
    post_expiry(with_.to, folder_, with_.now() - std::int64_t{*days} * 86'400);
  }
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

}  // namespace outmap::sync
