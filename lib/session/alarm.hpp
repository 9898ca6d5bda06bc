// A wait that ends at a time or when somebody calls.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include "session/clock.hpp"

namespace outmap::session {

/// Belongs to one executor; one coroutine waits at a time.
class alarm {
 public:
  alarm(clock& time, const asio::any_io_executor& on) : time_(time), rung_(on, asio::steady_timer::time_point::max()) {}

  /// Until `when` or ring(). A ring() that came since the last wait ends this one at once.
  asio::awaitable<void> wait_until(clock::time_point when);
  void ring();
  /// Forgets a ring() that nobody has waited for.
  void clear() { ringing_ = false; }

 private:
  clock& time_;
  asio::steady_timer rung_;
  bool ringing_ = false;
};

}  // namespace outmap::session
