#include "sync/watch.hpp"

#include <asio/post.hpp>

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

#include "net/operations.hpp"
#include "net/spawn.hpp"
#include "session/throttling.hpp"
#include "sync/deletion_guard.hpp"
#include "sync/lane.hpp"
#include "sync/tree_record.hpp"
#include "sync/writer_link.hpp"
#include "wire/modified_utf7.hpp"

namespace outmap::sync {
namespace {

constexpr std::size_t states_a_page = 1024;

bool is_inbox(std::string_view name) { return mailbox_name(std::string(name)).is_inbox(); }

}  // namespace

watch::watch(sync_context& with, session_source& from, session::clock& time, asio::any_io_executor on,
             session::back_off::random_source random, watch_options how)
    : with_(with),
      from_(from),
      time_(time),
      on_(on),
      how_(std::move(how)),
      events_(with.to, on, [this](const error& why) { give_up(why); }),
      back_off_(random),
      alarm_(time, on),
      jump_(time),
      unseen_(with, from, time, on, random, events_),
      counted_(on, asio::steady_timer::time_point::max()) {}

asio::awaitable<result<void>> watch::run(watch_report& into) {
  report_ = &into;
  tick(time_.now());
  result<void> outcome;
  std::exception_ptr problem;
  try {
    outcome = co_await connect_again_and_again();
  } catch (...) {
    problem = std::current_exception();
  }
  // What counts and what tells of commits use this object.
  time_.forget(tick_);
  co_await finish();
  if (problem) std::rethrow_exception(problem);
  if (failure_) co_return tl::unexpected(*failure_);
  co_return outcome;
}

asio::awaitable<result<void>> watch::connect_again_and_again() {
  while (!stopping_) {
    auto ended = co_await one_connection();
    if (failure_) co_return tl::unexpected(*failure_);
    if (stopping_) break;
    auto why = ended ? error(errc::internal, "the watch of a connection ended by itself") : ended.error();
    if (ends_watch(why) || refusals_.refused(why)) co_return tl::unexpected(std::move(why));
    const auto wish = session::suggested_back_off(why.server_text).value_or(std::chrono::milliseconds(0));
    const auto wait = back_off_.next(time_.now(), wish);
    if (wish.count() != 0) with_.watch.on_throttled(wish);
    with_.watch.on_disconnected(why, wait);
    alarm_.clear();
    co_await alarm_.wait_until(time_.now() + wait);
  }
  co_return result<void>{};
}

asio::awaitable<result<void>> watch::one_connection() {
  auto opened = co_await from_.open(0);
  if (!opened) {
    ++report_->failed_attempts;
    co_return tl::unexpected(opened.error());
  }
  ++report_->connections;
  refusals_.logged_in();
  back_off_.connected(time_.now());
  with_.watch.on_connected();
  session::keep_alive_options how;
  how.poll_interval = how_.poll_interval;
  live_.emplace(std::move(*opened), time_, on_, how);
  if (stopping_) live_->leave();
  live_->on()->set_witness([this](const wire::response& told) { hear(told); });
  auto outcome = co_await attend();
  apply_news();
  live_->on()->set_witness({});
  if (outcome && live_->on()->talk().state() != profile::state::logged_out) {
    co_await live_->on()->logout(with_.account.wait_for_logout);
  } else if (!stopping_) {
    ++report_->lost;
  }
  report_->idles += live_->idles();
  report_->noops += live_->noops();
  open_.reset();
  live_.reset();
  co_return outcome;
}

asio::awaitable<result<void>> watch::find_folder() {
  auto tree = co_await list_folders(*live_->on(), with_.account);
  if (!tree) co_return tl::unexpected(tree.error());
  const auto ids = co_await record_tree(with_, *tree);
  if (!ids) co_return tl::unexpected(ids.error());
  with_.dialect = live_->on()->talk().known().dialect();
  for (std::size_t i = 0; i < tree->size(); ++i) {
    auto name = wire::display_name((*tree)[i].folder.mailbox.wire());
    const bool same = is_inbox(how_.folder) ? (*tree)[i].folder.mailbox.is_inbox() : name == how_.folder;
    if (!same || (*tree)[i].folder.noselect) continue;
    folder_ = (*ids)[i];
    mailbox_ = std::move((*tree)[i]);
    name_ = std::move(name);
    co_return result<void>{};
  }
  co_return fail(errc::no_such_mailbox, how_.folder);
}

watch::depth watch::first_depth() const {
  const bool recent = last_full_ && time_.now() - *last_full_ < how_.rescan_interval;
  return recent && !doubtful_ ? depth::quick : depth::full;
}

asio::awaitable<result<void>> watch::attend() {
  if (auto ok = co_await find_folder(); !ok) co_return ok;
  if (stopping_) co_return result<void>{};
  if (auto ok = co_await scan(first_depth(), true); !ok) co_return ok;
  begin_counting();
  while (!stopping_) {
    note_doubt();
    result<void> ok;
    if (time_.now() >= full_due_) {
      ok = co_await scan(depth::full, doubtful_);
    } else if (view_.arrivals() && !doubtful_) {
      ok = co_await scan(depth::quick, false);
    } else {
      ok = co_await live_->rest(full_due_);
    }
    if (!ok) co_return ok;
  }
  co_return result<void>{};
}

asio::awaitable<result<void>> watch::scan(depth how, bool reopen) {
  ++(how == depth::full ? report_->full_scans : report_->quick_scans);
  apply_news();
  // A quick scan goes by the numbers that the cache has.
  if (std::exchange(unread_posts_, false)) {
    if (auto ok = co_await wait_for_commit(with_.to); !ok) co_return ok;
  }
  if (reopen) view_.begin_selection();
  static_cast<void>(view_.take_arrivals());
  sync_context pass = with_;
  pass.quick = how == depth::quick;
  pass.told = this;
  std::vector<std::unique_ptr<folder_sync>> one;
  one.push_back(std::make_unique<folder_sync>(pass, folder_, mailbox_, name_));
  auto& folder = *one.back();
  work_board board(on_, std::move(one), 1);
  lane work(live_->on(), board, pass, 0, {});
  board_ = &board;
  result<void> ok;
  if (!reopen) {
    wire::response exists = wire::exists_data{view_.exists()};
    open_->on_data(exists);
    ok = co_await folder.resume(*open_);
    work.resume(folder, open_);
  }
  if (ok) ok = co_await work.carry_out();
  board_ = nullptr;
  with_.cautious = pass.cautious;
  // What the stop cut short leaves the connection fit for LOGOUT.
  if (!ok && stopping_ && ok.error().code == errc::cancelled) co_return result<void>{};
  if (!ok) co_return ok;
  open_ = work.selected();
  if (stopping_) co_return ok;
  const auto report = folder.report();
  // What may not be taken for gone is for the user to decide.
  if (report.failure && report.failure->code == errc::guard_tripped) co_return tl::unexpected(*report.failure);
  const bool good = open_ && open_->good();
  if (!good) co_return tl::unexpected(report.failure.value_or(error(errc::unexpected_response, "SELECT " + name_)));
  co_return co_await scanned(how, report);
}

// The cache is as the server was, unless the report says otherwise.
asio::awaitable<result<void>> watch::scanned(depth how, const folder_report& report) {
  const auto now = time_.now();
  if (auto ok = co_await wait_for_commit(with_.to); !ok) co_return ok;
  const auto start = with_.from.start_of(mailbox_.folder.mailbox);
  if (!start) co_return tl::unexpected(start.error());
  scanned_at_ = start->scanned_at;
  if (!view_.settled() && !view_.in_doubt()) {
    std::vector<uid> cached;
    for (uid last{0};;) {
      const auto page = with_.from.message_states(folder_, last, states_a_page);
      if (!page) co_return tl::unexpected(page.error());
      for (const auto& state : *page) cached.push_back(state.uid);
      if (page->empty()) break;
      last = page->back().uid;
    }
    view_.settle(cached);
  }
  if (report.failure) view_.doubt();
  if (!view_.in_doubt() && view_.known() != start->exists) record_count();
  apply_news();
  if (how == depth::full) {
    last_full_ = now;
    full_due_ = now + how_.rescan_interval;
    doubtful_ = false;
    if (!view_.in_doubt()) doubt_pause_ = {};
    if (auto ok = co_await wait_until_durable(with_.to); !ok) co_return ok;
  } else {
    full_due_ = last_full_.value_or(now) + how_.rescan_interval;
  }
  co_return result<void>{};
}

void watch::note_doubt() {
  if (!view_.in_doubt() || doubtful_) return;
  doubtful_ = true;
  ++report_->doubts;
  live_->on()->talk().trace().note("the server's numbers do not add up");
  full_due_ = std::min(full_due_, time_.now() + doubt_pause_);
  const std::chrono::milliseconds longest = how_.rescan_interval;
  doubt_pause_ = std::clamp<std::chrono::milliseconds>(doubt_pause_ * 2, first_doubt_pause, longest);
}

void watch::hear(const wire::response& told) {
  const bool scanning = board_ != nullptr;
  view_.take(told, !scanning);
  // Behind what the scan is about to store.
  if (scanning) return;
  if (view_.has_news() && !std::exchange(applying_, true)) {
    asio::post(on_, [this, alive = std::weak_ptr(life_)] {
      if (!alive.lock()) return;
      applying_ = false;
      if (board_ == nullptr) apply_news();
    });
  }
  if (live_ && (view_.arrivals() || (view_.in_doubt() && !doubtful_))) live_->wake();
}

void watch::apply_news() {
  const auto gone = view_.take_gone();
  auto flags = view_.take_flags();
  if (!flags.empty()) {
    uid_set which;
    for (const auto& one : flags) which.add(one.which);
    on_flags_changed(which);
    with_.to.post(flags.size() * 128, [folder = folder_, flags = std::move(flags)](cache::store& into) {
      result<void> ok;
      for (auto at = flags.begin(); ok && at != flags.end(); ++at) ok = into.set_flags(folder, at->which, at->flags);
      return ok;
    });
  }
  if (gone.empty()) return;
  unread_posts_ = true;
  // A listing is to show whether that is true, and judge_deletions() then has the last word again.
  if (judge_deletions(name_, gone.size(), view_.known() + gone.size(), with_.deletions)) return view_.doubt();
  with_.to.post(
      gone.ranges().size() * sizeof(uid_range),
      [folder = folder_, gone, now = with_.now()](cache::store& into) { return into.set_vanished(folder, gone, now); });
  if (!view_.in_doubt()) record_count();
  on_vanished(gone);
}

// A quick listing is believed if it fits this number.
void watch::record_count() {
  if (scanned_at_ == 0) return;
  unread_posts_ = true;
  with_.to.post(64, [folder = folder_, known = view_.known(), at = scanned_at_](cache::store& into) {
    return into.set_scanned(folder, known, at);
  });
}

void watch::on_added(const uid_set& which) {
  events_.add([this, which] { tell_added(which); });
}

// Of what was to come some may not have.
void watch::tell_added(const uid_set& which) {
  for (const auto& range : which.ranges()) {
    for (uid last{range.first.value - 1}; last < range.last;) {
      const auto page = with_.from.message_states(folder_, last, states_a_page);
      if (!page) return give_up(page.error());
      if (page->empty()) return;
      last = page->back().uid;
      for (const auto& state : *page) {
        if (range.last < state.uid) break;
        ++report_->messages_new;
        with_.watch.on_message_new(name_, state.uid);
      }
    }
  }
}

void watch::on_flags_changed(const uid_set& which) {
  events_.add([this, which] {
    report_->messages_changed += which.size();
    for (const auto one : which.to_vector()) with_.watch.on_message_changed(name_, one);
  });
}

void watch::on_vanished(const uid_set& which) {
  events_.add([this, which] {
    report_->messages_expunged += which.size();
    for (const auto one : which.to_vector()) with_.watch.on_message_expunged(name_, one);
  });
}

void watch::begin_counting() {
  if (how_.unseen_interval.count() == 0 || std::exchange(began_counting_, true)) return;
  counting_ = true;
  try {
    net::spawn(on_, unseen_.run(mailbox_.folder.mailbox, how_.unseen_interval),
               [this](const std::exception_ptr& problem) {
                 counting_ = false;
                 counted_.cancel();
                 if (problem) give_up(error(errc::internal, "counting unread messages ended by an exception"));
               });
  } catch (...) {
    counting_ = false;
    throw;
  }
}

asio::awaitable<void> watch::finish() {
  stopping_ = true;
  unseen_.stop();
  from_.abandon();
  while (counting_) co_await net::wait(counted_);
  report_->unseen_connections = unseen_.connections();
  report_->unseen_rounds = unseen_.rounds();
  co_await events_.drained();
  const auto durable = co_await wait_until_durable(with_.to);
  if (!durable && !failure_) failure_ = durable.error();
}

void watch::stop() {
  if (std::exchange(stopping_, true)) return;
  from_.abandon();
  alarm_.ring();
  if (board_ != nullptr) board_->end(error(errc::cancelled, ""));
  if (live_) live_->leave();
  unseen_.stop();
}

void watch::give_up(const error& why) {
  if (!failure_) failure_ = why;
  stop();
}

void watch::nudge() {
  if (report_ != nullptr) ++report_->suspensions;
  back_off_.reset();
  alarm_.ring();
  if (live_) live_->suspect();
  unseen_.suspect();
}

void watch::tick(session::clock::time_point due) {
  if (jump_.seen(time_.now() - due)) nudge();
  const auto next = time_.now() + pulse;
  tick_ = time_.call_at(next, [this, next] { tick(next); });
}

}  // namespace outmap::sync
