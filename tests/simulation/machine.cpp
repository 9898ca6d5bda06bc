#include "simulation/machine.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "simulation/context.hpp"

namespace outmap::simulation {
namespace {

// What a turn takes: so no time is like another, and what never waits gets on all the same.
constexpr std::uint64_t longest_turn = 20'000;
constexpr unsigned yields_of_100 = 3;
constexpr instant longest_history = std::chrono::hours(24 * 30);
constexpr std::uint64_t most_turns = 20'000'000;

}  // namespace

machine* machine::running_ = nullptr;

machine::machine(std::uint64_t seed) : random_(seed) {
  contexts_.push_back(std::make_unique<context>());
  turn_ = contexts_.front().get();
  turn_->number = ++last_thread_;
  running_ = this;
}

machine::~machine() {
  reap();
  running_ = nullptr;
  if (contexts_.size() != 1) std::abort();
}

void machine::fill(void* into, std::size_t size) {
  auto* to = static_cast<unsigned char*>(into);
  for (std::size_t i = 0; i < size; ++i) to[i] = static_cast<unsigned char>(random_());
}

void machine::at(instant when, std::function<void()> what) {
  events_.emplace(std::pair(when, ++last_event_), std::move(what));
}

void machine::run_due() {
  while (!events_.empty() && events_.begin()->first.first <= now_) {
    const auto what = std::move(events_.begin()->second);
    events_.erase(events_.begin());
    what();
  }
}

context* machine::draw() {
  std::vector<context*> can;
  for (const auto& c : contexts_) {
    if (c->done) continue;
    if (!c->waits || (c->ready != nullptr && (*c->ready)()) || (c->until && *c->until <= now_)) can.push_back(c.get());
  }
  if (can.empty()) return nullptr;
  return can.size() == 1 ? can.front() : can[below(can.size())];
}

/// Lets time pass until something happens.
bool machine::advance() {
  std::optional<instant> next;
  if (!events_.empty()) next = events_.begin()->first.first;
  for (const auto& c : contexts_) {
    if (!c->done && c->until && (!next || *c->until < *next)) next = *c->until;
  }
  if (!next) return false;
  now_ = std::max(now_, *next);
  return true;
}

void machine::give_turn() {
  now_ += instant(below(longest_turn));
  if (++turns_ > most_turns || now_ > longest_history) stuck("it does not come to an end");
  for (;;) {
    run_due();
    if (context* const next = draw()) return switch_to(*next);
    if (!advance()) stuck("all threads wait, and nothing is on its way");
  }
}

void machine::switch_to(context& next) {
  next.waits = false;
  next.ready = nullptr;
  next.until.reset();
  context& me = *turn_;
  if (&next == &me) return;
  turn_ = &next;
  me.leave_for(next, me.done);
  reap();
}

void machine::reap() {
  std::erase_if(contexts_, [&](const auto& c) { return c->done && c.get() != turn_; });
}

bool machine::wait(const std::function<bool()>& ready, std::optional<instant> until) {
  turn_->waits = true;
  turn_->ready = &ready;
  turn_->until = until;
  give_turn();
  return ready();
}

void machine::sleep(instant length) {
  turn_->waits = true;
  turn_->ready = nullptr;
  turn_->until = now_ + length;
  give_turn();
}

void machine::yield_perhaps() {
  if (contexts_.size() > 1 && chance(yields_of_100)) give_turn();
}

void enter_context() {
  machine& here = *machine::running();
  here.turn_->arrived();
  here.reap();
  here.turn_->work();
  here.turn_->work = nullptr;
  here.turn_->done = true;
  here.give_turn();
  std::abort();
}

std::uint64_t machine::start(std::function<void()> what) {
  auto& fresh = contexts_.emplace_back(std::make_unique<context>(std::move(what)));
  fresh->number = ++last_thread_;
  fresh->whose = turn_->whose;
  return fresh->number;
}

bool machine::ended(std::uint64_t thread) const {
  return std::none_of(contexts_.begin(), contexts_.end(),
                      [&](const auto& c) { return c->number == thread && !c->done; });
}

std::uint64_t machine::self() const { return turn_->number; }
party machine::whose() const { return turn_->whose; }

std::size_t machine::threads_of(party who) const {
  return static_cast<std::size_t>(std::count_if(contexts_.begin() + 1, contexts_.end(),
                                                [&](const auto& c) { return c->whose == who && !c->done; }));
}

void machine::as(party who, const std::function<void()>& what) {
  context& me = *turn_;
  const auto before = std::exchange(me.whose, who);
  what();
  me.whose = before;
}

}  // namespace outmap::simulation
