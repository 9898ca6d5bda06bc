#include "sync/lane.hpp"

#include <algorithm>
#include <utility>

#include "session/throttling.hpp"

namespace outmap::sync {
namespace {

// The session's stream is lost, or it was never the session's fault.
bool is_final(const error& e) { return !session::is_refusal(e); }

}  // namespace

asio::awaitable<result<void>> lane::carry_out() {
  auto ok = co_await run();
  if (!ok) {
    co_await give_all_back();
    board_.changed();
  }
  co_return ok;
}

asio::awaitable<result<void>> lane::work() {
  auto ok = co_await carry_out();
  if (ok) co_await on_->logout(with_.account.wait_for_logout);
  co_return ok;
}

void lane::resume(folder_sync& at, std::shared_ptr<selection> under) {
  at_ = &at;
  under_ = std::move(under);
}

asio::awaitable<result<void>> lane::run() {
  while (true) {
    if (auto ok = co_await fill(); !ok) co_return ok;
    if (const auto first = std::exchange(first_, nullptr)) {
      if (auto ok = co_await first(*on_); !ok) co_return ok;
      board_.changed();
      continue;
    }
    if (!begun_.empty()) {
      if (auto ok = co_await finish_oldest(); !ok) co_return ok;
      board_.changed();
      continue;
    }
    if (board_.failure()) co_return tl::unexpected(*board_.failure());
    if (board_.over() || number_ >= board_.lanes()) co_return result<void>{};
    co_await board_.change();
  }
}

asio::awaitable<result<void>> lane::fill() {
  while (number_ < board_.lanes()) {
    const std::size_t most = with_.account.pipelining ? SIZE_MAX : 1;
    if (begun_.size() >= most || octets_ >= most_octets) break;
    window_full_ = weight_ >= window_;
    if (window_full_) break;
    auto next = board_.take(under_ && under_->promising() ? at_ : nullptr);
    if (!next) co_return tl::unexpected(next.error());
    if (!*next) break;
    if (auto ok = co_await begin(std::move(**next)); !ok) co_return ok;
  }
  co_return result<void>{};
}

asio::awaitable<result<void>> lane::begin(work_board::job next) {
  const bool open = under_ && under_->promising() && at_ == next.folder;
  if (!open || next.what.why == errand::purpose::open) {
    if (auto ok = begin_selection(*next.folder); !ok) {
      const auto back = co_await next.folder->give_back(std::move(next.what));
      co_return back ? ok : back;
    }
    // Without pipelining the errand waits on the board until its mailbox is open.
    if (!with_.account.pipelining && next.what.why != errand::purpose::open)
      co_return co_await next.folder->give_back(std::move(next.what));
  }
  if (auto ok = begin_errand(next); !ok) {
    const auto back = co_await next.folder->give_back(std::move(next.what));
    co_return back ? ok : back;
  }
  co_return result<void>{};
}

result<void> lane::start(under_way& one, const profile::command& what, session::responder* data) {
  const auto before = on_->talk().octets_submitted();
  const auto id = on_->start(what, data);
  if (!id) return tl::unexpected(id.error());
  one.id = *id;
  one.octets = static_cast<std::size_t>(on_->talk().octets_submitted() - before);
  octets_ += one.octets;
  return {};
}

result<void> lane::begin_selection(folder_sync& of) {
  under_way select;
  select.folder = &of;
  select.under = std::make_shared<selection>([&of](const selection& now) { return of.opened(now); });
  const profile::command open = profile::select_command{of.mailbox()};
  if (auto ok = start(select, open, select.under.get()); !ok) return ok;
  at_ = &of;
  under_ = select.under;
  begun_.push_back(std::move(select));
  return {};
}

result<void> lane::begin_errand(work_board::job& next) {
  under_way one;
  one.folder = next.folder;
  one.under = under_;
  if (next.what.why == errand::purpose::open) {
    // The SELECT is all of it.
    begun_.back().what = std::move(next.what);
    return {};
  }
  one.guard = std::make_unique<believing_responder>(under_, *next.what.answers);
  one.weight = next.what.weight;
  if (auto ok = start(one, next.what.what, one.guard.get()); !ok) return ok;
  one.what = std::move(next.what);
  weight_ += one.weight;
  begun_.push_back(std::move(one));
  return {};
}

asio::awaitable<result<void>> lane::finish_oldest() {
  const auto answer = co_await on_->wait(begun_.front().id, begun_.front().folder->name());
  result<void> outcome;
  if (!answer) outcome = tl::unexpected(answer.error());
  if (!outcome && is_final(outcome.error())) {
    if (outcome.error().code == errc::limit_exceeded)
      found_culprit_ = begun_.front().folder->blame(on_->talk().partial_text(), outcome.error());
    co_return outcome;
  }
  auto done = std::move(begun_.front());
  begun_.pop_front();
  weight_ -= done.weight;
  octets_ -= done.octets;
  if (outcome) board_.made_progress();
  adapt_window(done);
  const bool selected = done.guard == nullptr;
  if (selected) {
    if (auto ok = finish_selection(done, outcome); !ok) co_return ok;
    if (!done.what) co_return result<void>{};
  }
  co_return co_await finish_errand(std::move(done), std::move(outcome));
}

void lane::adapt_window(const under_way& done) {
  if (!done.what || !window_full_) return;
  const auto waited = std::chrono::steady_clock::now() - done.begun;
  if (waited < answered_at_once) window_ = std::min(most_weight, window_ * 2);
  if (waited > waited_long) window_ = std::max(least_weight, window_ / 2);
}

bool lane::throttled(const result<void>& outcome) {
  if (outcome) return false;
  const auto pause = session::suggested_back_off(outcome.error().server_text);
  if (!pause) return false;
  with_.watch.on_throttled(*pause);
  with_.watch.on_warning(outcome.error());
  board_.pause(*pause, outcome.error());
  return true;
}

result<void> lane::finish_selection(const under_way& done, const result<void>& outcome) {
  if (outcome && done.under->good()) return {};
  if (under_ == done.under) at_ = nullptr;
  if (throttled(outcome)) return {};
  const auto why = outcome ? done.under->problem() : outcome.error();
  if (!why) return {};
  if (outcome && why->reach != scope::folder) return tl::unexpected(*why);
  done.folder->fail(*why);
  return {};
}

asio::awaitable<result<void>> lane::finish_errand(under_way done, result<void> outcome) {
  const bool only_select = done.guard == nullptr;
  if (!done.under->good() || (!only_select && throttled(outcome))) {
    co_return co_await done.folder->give_back(std::move(*done.what));
  }
  co_return co_await done.folder->settle(std::move(*done.what), std::move(outcome));
}

asio::awaitable<void> lane::give_all_back() {
  // Newest first: the board is to have them in their old order.
  while (!begun_.empty()) {
    auto last = std::move(begun_.back());
    begun_.pop_back();
    if (!last.what) continue;
    if (auto ok = co_await last.folder->give_back(std::move(*last.what)); !ok) board_.end(ok.error());
  }
}

}  // namespace outmap::sync
