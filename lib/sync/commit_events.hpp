// Tells people of changes when the disk has them.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>

#include "cache/writer.hpp"

namespace outmap::sync {

/// Belongs to one executor; the writer outlives it.
class commit_events {
 public:
  /// `failed` hears why the writer stores nothing any more, at most once; events that wait then are dropped.
  commit_events(cache::writer& to, asio::any_io_executor on, std::function<void(const error&)> failed);

  /// Calls `event` once, on the executor and not from inside this function, after everything that was posted to the
  /// writer before is committed. In the order of the calls.
  void add(std::function<void()> event);
  /// Until no event waits.
  asio::awaitable<void> drained();

 private:
  struct state {
    asio::steady_timer empty;
    std::function<void(const error&)> failed;
    std::deque<std::function<void()>> waiting;
    result<void> outcome;  ///< of the flush that is under way: the writer's thread writes it before it says so
    bool flushing = false;
    bool dead = false;
  };
  static void flush(cache::writer& to, const std::shared_ptr<state>& with);

  cache::writer& to_;
  asio::any_io_executor on_;
  std::shared_ptr<state> state_;
};

}  // namespace outmap::sync
