#include "sync/engine.hpp"

#include <asio/this_coro.hpp>

#include <exception>
#include <map>
#include <set>
#include <utility>

#include "net/operations.hpp"
#include "net/spawn.hpp"
#include "sync/run_summary.hpp"
#include "sync/tree_record.hpp"
#include "sync/writer_link.hpp"
#include "wire/modified_utf7.hpp"

namespace outmap::sync {
namespace {

// Not the session's fault: another one would meet it, too.
bool ends_the_run(const error& e) {
  return e.reach == scope::store || e.reach == scope::account || e.code == errc::cancelled || e.code == errc::internal;
}

// A response that cannot be read to its end costs the session, and nothing else is wrong with the server.
bool lost_by_a_response(const error& e) {
  return e.reach == scope::connection &&
         (e.code == errc::limit_exceeded || e.code == errc::malformed_response || e.code == errc::unexpected_response);
}

// Each costs a login. What is left then is for the next run.
constexpr unsigned most_replaced = 16;
constexpr unsigned most_replaced_in_vain = 2;

error as_error(const std::exception_ptr& problem) {
  try {
    std::rethrow_exception(problem);
  } catch (const std::exception& e) {
    return error(errc::internal, e.what());
  } catch (...) {
    return error(errc::internal, "unknown exception");
  }
}

}  // namespace

engine::engine(sync_context& with, std::unique_ptr<session::session> first, session_source* more, folder_filter chosen,
               options how)
    : with_(with), first_(std::move(first)), more_(more), chosen_(std::move(chosen)), how_(how) {}

asio::awaitable<result<engine::folder_syncs>> engine::record_tree(std::vector<listed_mailbox> tree) {
  auto ids = co_await sync::record_tree(with_, tree);
  if (!ids) co_return tl::unexpected(ids.error());
  folder_syncs out;
  for (std::size_t i = 0; i < tree.size(); ++i) {
    auto& m = tree[i];
    auto name = wire::display_name(m.folder.mailbox.wire());
    if (!m.shown || m.folder.noselect || !chosen_(name)) continue;
    out.push_back(std::make_unique<folder_sync>(with_, (*ids)[i], std::move(m), std::move(name)));
  }
  co_return out;
}

result<engine::folder_syncs> engine::known_tree() {
  auto tree = with_.from.tree();
  if (!tree) return tl::unexpected(tree.error());
  folder_syncs out;
  for (auto& known : *tree) {
    auto name = wire::display_name(known.listed.mailbox.wire());
    if (known.listed.noselect || !chosen_(name)) continue;
    const bool hidden = with_.account.folders == folder_mode::subscribed && !known.listed.subscribed;
    if (hidden && !known.listed.mailbox.is_inbox()) continue;
    listed_mailbox mailbox;
    mailbox.folder = std::move(known.listed);
    out.push_back(std::make_unique<folder_sync>(with_, known.id, std::move(mailbox), std::move(name)));
  }
  return out;
}

// RFC 3501, section 5.1, gives one to every account, so nobody needs to wait for the tree to ask for it. Where there is
// none (OIMAP-V0042), LIST and SELECT say so.
asio::awaitable<result<engine::folder_syncs>> engine::inbox_of_new_cache() {
  const auto tree = with_.from.tree();
  if (!tree) co_return tl::unexpected(tree.error());
  if (!tree->empty() || !chosen_("INBOX")) co_return folder_syncs{};
  std::vector<listed_mailbox> inbox(1);
  inbox.front().folder.mailbox = mailbox_name("INBOX");
  co_return co_await record_tree(std::move(inbox));
}

asio::awaitable<result<void>> engine::confirm_tree(folder_question& asked, session::session& on) {
  auto tree = co_await asked.answer(on);
  if (!tree) co_return tl::unexpected(tree.error());
  std::set<mailbox_name> doubtful;
  for (const auto& m : *tree) {
    if (m.doubtful) doubtful.insert(m.folder.mailbox);
  }
  auto now = co_await record_tree(std::move(*tree));
  if (!now) co_return tl::unexpected(now.error());
  std::map<mailbox_name, std::unique_ptr<folder_sync>> shown;
  for (auto& f : *now) shown.emplace(f->mailbox(), std::move(f));
  for (const auto& f : board_->folders()) {
    if (doubtful.contains(f->mailbox())) f->doubt();
    if (shown.erase(f->mailbox()) == 0) f->drop();
  }
  for (auto& [name, f] : shown) board_->add(std::move(f));
  with_.so_far.folders_total = board_->folders().size();
  with_.dialect = on.talk().known().dialect();
  confirmed_ = true;
  co_return co_await on.finish_capabilities();
}

asio::awaitable<result<void>> engine::begin() {
  on_ = co_await asio::this_coro::executor;
  ended_.emplace(*on_, asio::steady_timer::time_point::max());
  patience_.emplace(*on_, asio::steady_timer::time_point::max());
  auto question = std::make_shared<folder_question>(with_.account);
  if (auto ok = question->ask(*first_); !ok) co_return ok;
  // The folders that are known are asked before the tree is there to confirm them.
  result<folder_syncs> folders;
  if (with_.account.pipelining) folders = known_tree();
  if (folders && folders->empty() && with_.account.pipelining) folders = co_await inbox_of_new_cache();
  if (!folders) co_return tl::unexpected(folders.error());
  lane::prologue first;
  if (folders->empty()) {
    auto tree = co_await question->answer(*first_);
    if (!tree) co_return tl::unexpected(tree.error());
    folders = co_await record_tree(std::move(*tree));
    if (!folders) co_return tl::unexpected(folders.error());
    if (auto ok = co_await first_->finish_capabilities(); !ok) co_return ok;
    confirmed_ = true;
  } else {
    first = [this, question](session::session& on) { return confirm_tree(*question, on); };
  }
  if (cancelled_) co_return fail(errc::cancelled, "");
  with_.so_far.folders_total = folders->size();
  with_.dialect = first_->talk().known().dialect();
  board_.emplace(*on_, std::move(*folders), with_.account.connections);
  // It answers the commands that are under way, whatever becomes of the lane.
  question_ = question;
  launch(std::move(first_), std::move(first), hired_++);
  if (more_ != nullptr && with_.account.connections > 1) {
    net::spawn(*on_, hire(), [this](const std::exception_ptr& problem) {
      hiring_ = false;
      ended_->cancel();
      if (problem) with_.watch.on_warning(as_error(problem));
    });
  }
  co_return result<void>{};
}

void engine::launch(std::unique_ptr<session::session> on, lane::prologue first, std::size_t number) {
  const auto which = lanes_.size();
  lanes_.push_back(std::make_unique<lane>(std::move(on), *board_, with_, number, std::move(first)));
  ++working_;
  try {
    net::spawn(*on_, lanes_.back()->work(), [this, which](const std::exception_ptr& problem, result<void> outcome) {
      if (problem) outcome = tl::unexpected(as_error(problem));
      lane_ended(std::move(outcome), which);
    });
  } catch (...) {
    --working_;
    lanes_.pop_back();
    throw;
  }
}

bool engine::may_replace(const error& why, const lane& lost) const {
  if (more_ == nullptr || !confirmed_ || cancelled_ || board_->over() || !lost_by_a_response(why)) return false;
  return replaced_ < most_replaced && (lost.found_culprit() || replaced_in_vain_ < most_replaced_in_vain);
}

void engine::replace(const error& why, std::size_t which) {
  with_.watch.on_warning(why);
  ++replaced_;
  replaced_in_vain_ += lanes_[which]->found_culprit() ? 0 : 1;
  ++replacing_;
  try {
    net::spawn(*on_, open_again(why, lanes_[which]->number()), [this](const std::exception_ptr& problem) {
      --replacing_;
      ended_->cancel();
      if (problem) end(as_error(problem));
    });
  } catch (...) {
    --replacing_;
    throw;
  }
}

asio::awaitable<void> engine::open_again(error why, std::size_t number) {
  auto another = co_await more_->open(lanes_.size());
  if (!another) {
    if (!board_->over()) with_.watch.on_warning(another.error());
    // The others go on; without any, what the session was lost by is what the run has failed with.
    if (working_ == 0 && replacing_ == 1) end(why);
    co_return;
  }
  if (board_->over()) {
    co_await (*another)->logout(with_.account.wait_for_logout);
    co_return;
  }
  launch(std::move(*another), {}, number);
}

void engine::lane_ended(result<void> outcome, std::size_t which) {
  --working_;
  ended_->cancel();
  if (!outcome) lost_ = outcome.error();
  if (!outcome && may_replace(outcome.error(), *lanes_[which])) {
    replace(outcome.error(), which);
  } else if (!outcome && (ends_the_run(outcome.error()) || working_ + replacing_ == 0)) {
    end(outcome.error());
  } else if (!outcome) {
    with_.watch.on_warning(outcome.error());
  } else if (working_ + replacing_ == 0 && !board_->over()) {
    end(lost_.value_or(error(errc::internal, "the last session ended before the work did")));
  }
  if (board_->over()) {
    patience_->cancel();
    if (more_ != nullptr) more_->abandon();
  }
}

void engine::end(const error& why) {
  if (board_->failure() || board_->over()) return;
  board_->end(why);
  for (const auto& one : lanes_) one->abandon();
}

void engine::cancel() {
  cancelled_ = true;
  if (!board_) return;
  end(error(errc::cancelled, ""));
  patience_->cancel();
  if (more_ != nullptr) more_->abandon();
}

asio::awaitable<void> engine::hire() {
  hiring_ = true;
  while (!board_->over() && hired_ < board_->lanes()) {
    patience_->expires_after(how_.patience);
    co_await net::wait(*patience_);
    if (board_->over()) co_return;
    if (!board_->waiting() || board_->paused()) continue;
    auto more = co_await more_->open(lanes_.size());
    if (!more) {
      // A server that grants no more sessions leaves us those we have.
      if (!board_->over()) with_.watch.on_warning(more.error());
      board_->limit_lanes(hired_);
      co_return;
    }
    if (board_->over()) {
      co_await (*more)->logout(with_.account.wait_for_logout);
      co_return;
    }
    launch(std::move(*more), {}, hired_++);
  }
}

asio::awaitable<void> engine::all_ended() {
  while (working_ + replacing_ != 0 || hiring_) co_await net::wait(*ended_);
}

void engine::write_record(const sync_report& report, std::int64_t started_at) {
  cache::run_record record;
  record.started_at = started_at;
  for (const auto& f : report.folders) {
    record.messages += f.bodies;
    record.body_octets += f.body_octets;
  }
  record.ended_at = with_.now();
  record.outcome = !report.failure                            ? "complete"
                   : report.failure->code == errc::cancelled  ? "interrupted"
                   : report.failure->code == errc::incomplete ? "partial"
                                                              : report.failure->message();
  with_.to.post(256, [record](cache::store& into) { return into.put_run(record); });
}

asio::awaitable<void> engine::run(sync_report& report) {
  std::exception_ptr problem;
  try {
    co_await carry_out(report);
  } catch (...) {
    problem = std::current_exception();
  }
  if (!problem) co_return;
  // The lanes use what is gone with this coroutine.
  if (board_) end(error(errc::internal, {}));
  co_await all_ended();
  std::rethrow_exception(problem);
}

asio::awaitable<void> engine::carry_out(sync_report& report) {
  const auto started_at = with_.now();
  const auto begun = co_await begin();
  if (!begun) report.failure = begun.error();
  if (begun) {
    while (!board_->over()) co_await board_->change();
    // What has been read by then still counts.
    if (board_->failure()) co_await all_ended();
    report.failure = board_->failure();
    for (const auto& f : board_->folders()) {
      if (f->begun() && !f->dropped()) report.folders.push_back(f->report());
    }
  }
  if (!report.failure) report.failure = summary_of(report);
  write_record(report, started_at);
  // The servers' answers to LOGOUT and the disk are waited for together.
  auto durable = co_await wait_until_durable(with_.to);
  co_await all_ended();
  for (const auto& one : lanes_) report.octets_read += one->octets_read();
  // What the disk says outranks what the network said: it decides what was kept.
  if (!durable) report.failure = durable.error();
}

}  // namespace outmap::sync
