#include "sync/errand_queue.hpp"

#include <algorithm>
#include <utility>

#include "wire/encoder.hpp"

namespace outmap::sync {
namespace {

// A header is a small part of a message, a line of a listing next to nothing.
constexpr std::uint64_t headers_a_weight = 4;

bool fetches(errand::purpose why) {
  return why == errand::purpose::headers || why == errand::purpose::bodies || why == errand::purpose::single;
}

}  // namespace

void errand_queue::push(errand::purpose why, uid_set wanted, std::uint64_t weight) {
  errand e;
  e.why = why;
  e.wanted = std::move(wanted);
  e.weight = std::max<std::uint64_t>(1, weight);
  waiting_.push_back(std::move(e));
}

void errand_queue::push_fetches(errand::purpose why, const uid_set& wanted, std::uint64_t batch) {
  auto batches = wanted.split(wire::longest_set, batch);
  std::reverse(batches.begin(), batches.end());
  for (auto& b : batches) {
    const auto count = b.size();
    push(why, std::move(b), why == errand::purpose::headers ? count / headers_a_weight : count);
  }
}

void errand_queue::push_again(const uid_set& wanted) {
  // The newest comes to stand in front.
  for (auto& one : wanted.split(wire::longest_set, 1)) {
    errand e;
    e.why = errand::purpose::bodies;
    e.wanted = std::move(one);
    waiting_.push_front(std::move(e));
  }
}

errand errand_queue::take(std::uint64_t most_bodies) {
  errand next = std::move(waiting_.front());
  waiting_.pop_front();
  if (next.why != errand::purpose::bodies || next.wanted.size() <= most_bodies) return next;
  errand rest;
  rest.why = next.why;
  auto newest = next.wanted.split(wire::longest_set, most_bodies).back();
  rest.wanted = next.wanted.without(newest);
  rest.weight = rest.wanted.size();
  waiting_.push_front(std::move(rest));
  next.wanted = std::move(newest);
  next.weight = next.wanted.size();
  return next;
}

void errand_queue::give_back(errand undone) {
  if (fetches(undone.why)) undone.wanted = undone.wanted.without(forgotten_);
  const bool nothing_left = undone.wanted.empty() && fetches(undone.why);
  undone.answers.reset();
  if (!nothing_left) waiting_.push_front(std::move(undone));
}

void errand_queue::forget(uid which) {
  forgotten_.add(which);
  for (auto& e : waiting_) e.wanted = e.wanted.without(forgotten_);
  std::erase_if(waiting_, [](const errand& e) { return fetches(e.why) && e.wanted.empty(); });
}

}  // namespace outmap::sync
