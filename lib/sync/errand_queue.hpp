// The errands of one folder that wait for a session.
#pragma once

#include <cstdint>
#include <deque>

#include "sync/errand.hpp"

namespace outmap::sync {

/// First in, first out. Belongs to one executor.
class errand_queue {
 public:
  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  void clear() { waiting_.clear(); }

  /// A weight of 0 counts as 1.
  void push(errand::purpose why, uid_set wanted = {}, std::uint64_t weight = 1);
  /// In commands of at most `batch` messages, the newest first.
  void push_fetches(errand::purpose why, const uid_set& wanted, std::uint64_t batch);
  /// As push_fetches() of single bodies, before all others.
  void push_again(const uid_set& wanted);
  /// The next one, with the newest `most_bodies` of its bodies; only unless empty().
  errand take(std::uint64_t most_bodies);
  /// It comes before all others again, unless nothing is left to be fetched by it.
  void give_back(errand undone);
  /// No errand fetches it any more, nor one that is given back later; one with nothing left is dropped.
  void forget(uid which);
  [[nodiscard]] const uid_set& forgotten() const { return forgotten_; }

 private:
  std::deque<errand> waiting_;
  uid_set forgotten_;
};

}  // namespace outmap::sync
