#include "sync/folder_sync.hpp"

#include <tuple>
#include <utility>

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
      review_(&with.from, report_.mailbox, report_.name, {with.account, with.quick, with.deletions}),
      changed_flags_(with.to, folder, with.told),
      quarantine_(with, folder, name),
      arrivals_(with.to, folder) {
  report_.mailbox = std::move(mailbox.folder.mailbox);
  report_.name = std::move(name);
}

result<void> folder_sync::recall() {
  if (auto ok = review_.recall(); !ok) return ok;
  if (auto ok = quarantine_.load(); !ok) return ok;
  if (auto ok = review_.bodies() ? arrivals_.load(with_.from) : result<void>{}; !ok) return ok;
  if (!arrivals_.doubtful().empty()) size_.lost();
  stage_ = stage::listing;
  with_.so_far.folder = report_.name;
  with_.watch.on_folder_started(report_.name);
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
  const auto& known = review_.start();
  const bool may_be_empty = known.exists == 0 && (known.scanned_at != 0 || with_.cautious);
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
      what.answers = std::make_unique<count_collector>(review_.count());
      return;
    case purpose::list: return equip_listing(what);
    case purpose::recheck:
      what.what = profile::uid_fetch_command{profile::message_set::of(what.wanted), profile::fetch_form::uid_flags};
      what.answers = std::make_unique<presence_collector>();
      return;
    case purpose::headers:
    case purpose::bodies:
    case purpose::single: {
      const bool whole = what.why == purpose::bodies || (what.why == purpose::single && review_.bodies());
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
  what.weight = 1 + review_.lines_ahead() / lines_a_weight;
  std::tie(what.what, what.answers) =
      review_.listing([this](uid which, flag_set&& flags) { changed_flags_.add(which, std::move(flags)); });
}

result<void> folder_sync::opened(const selection& now) {
  const bool first = stage_ == stage::listing;
  if (auto ok = review_.opened(now); !ok) return ok;
  if (with_.told != nullptr) with_.told->on_opened();
  if (!first) return {};
  report_.exists = review_.count().exists;
  report_.uid_validity_changed = review_.validity_changed();
  if (!review_.fresh()) return {};
  quarantine_.forget();
  arrivals_.forget();
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
      review_.recounted();
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
  const auto anything = review_.worth_listing();
  if (!anything) return tl::unexpected(anything.error());
  // Nothing here and nothing there needs no question, and some servers refuse 1:* in an empty mailbox.
  if (!*anything) return planned();
  ready_.push(errand::purpose::list);
  return {};
}

asio::awaitable<result<void>> folder_sync::give_back(errand undone) {
  --out_;
  if (stage_ == stage::done) co_return result<void>{};
  collect(undone);
  uid_set again;
  if (review_.bodies() && is_main(undone.why)) again = arrivals_.doubt(undone.wanted);
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
    if (review_.count().exists != 0) {
      fail(outcome.error());
      return {};
    }
    with_.cautious = true;
  }
  const auto next = review_.listed();
  changed_flags_.post();
  if (!next) {
    if (next.error().reach != scope::folder) return tl::unexpected(next.error());
    fail(next.error());
    return {};
  }
  switch (*next) {
    case folder_review::step::list: ready_.push(errand::purpose::list); return {};
    case folder_review::step::recount: ready_.push(errand::purpose::recount); return {};
    case folder_review::step::judge: break;
  }
  return planned();
}

result<void> folder_sync::planned() {
  report_.exists = review_.count().exists;
  const auto tripped = review_.judge();
  if (!tripped) return tl::unexpected(tripped.error());
  if (*tripped) {
    fail(**tripped);
    return {};
  }
  stage_ = stage::fetching;
  auto headers = choose_wanted();
  if (!headers) return tl::unexpected(headers.error());
  auto& plan = review_.plan();
  report_.added = plan.new_messages.size();
  report_.flags_changed = plan.flags_changed;
  report_.vanished = plan.vanished.size();
  if (with_.told != nullptr) untold_ = std::move(plan.new_messages);
  with_.so_far.messages_total += wanted_.size();
  with_.watch.on_progress(with_.so_far);
  post_plan();
  // A header that does not come is made from the body.
  if (!review_.bodies())
    ready_.push_fetches(errand::purpose::headers, wanted_, headers_a_command);
  else if (review_.wants_dates() || review_.may_adopt())
    ready_.push_fetches(errand::purpose::headers, *headers, headers_a_command);
  if (review_.bodies() && !review_.may_adopt()) push_bodies();
  plan = {};
  return {};
}

// Gives what headers are to be fetched besides.
result<uid_set> folder_sync::choose_wanted() {
  const auto missing = review_.missing(arrivals_.doubtful());
  const bool whole = review_.listed_whole() && !review_.doubt();
  auto judged = quarantine_.judge({review_.plan().vanished, missing, whole, review_.bodies(), arrivals_.doubtful()});
  if (!judged) return tl::unexpected(judged.error());
  report_.quarantined += judged->leave.size();
  auto chosen = review_.choose(missing, *judged);
  wanted_ = std::move(chosen.messages);
  stand_ins_ = std::move(judged->stand_ins);
  return std::move(chosen.headers);
}

void folder_sync::post_plan() {
  auto& plan = review_.plan();
  if (review_.fresh()) post_uid_validity(with_.to, folder_, review_.validity());
  if (!plan.vanished.empty()) {
    post_vanished(with_.to, folder_, plan.vanished, with_.now());
    if (with_.told != nullptr) with_.told->on_vanished(plan.vanished);
  }
  // Behind the flags and the vanished, before what is fetched: what that changes is forgotten again.
  if (!plan.settled.empty()) post_listed_pages(with_.to, folder_, std::move(plan.settled));
}

asio::awaitable<result<void>> folder_sync::advance() {
  while (ready_.empty() && out_ == 0 && stage_ != stage::done) {
    switch (stage_) {
      case stage::fetching:
        if (review_.may_adopt()) {
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
  if (review_.doubt()) return fail(*review_.doubt());
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
  const bool foretold = doubtful_ && !review_.has_opened() && why.code == errc::command_refused;
  if (!foretold) report_.failure = why;
  close();
}

}  // namespace outmap::sync
