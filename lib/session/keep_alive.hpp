// A session that nobody uses right now, kept alive and listening.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <chrono>
#include <cstdint>

#include "session/alarm.hpp"
#include "session/clock.hpp"
#include "session/session.hpp"

namespace outmap::session {

struct keep_alive_options {
  /// Between two commands, less than the 10 minutes of OIMAP-V0025: the answer takes its time, too.
  std::chrono::milliseconds noop_interval = std::chrono::minutes(9);
  /// Between two looks at a server without IDLE; never more than noop_interval.
  std::chrono::milliseconds poll_interval = std::chrono::minutes(1);
  /// False where nothing is selected, so that there is nothing to listen to.
  bool may_idle = true;
};

/// IDLE where the server lists it, broken by DONE, NOOP before the autologout timer of the server runs out; NOOP
/// polling otherwise (OIMAP-V0025, V0028). What the server tells goes to the session's unsolicited listener. Belongs to
/// the session's executor.
class keep_alive {
 public:
  keep_alive(session& on, clock& time, const asio::any_io_executor& executor, keep_alive_options how = {})
      : on_(on), time_(time), how_(how), alarm_(time, executor) {}

  /// Until `until` or stop(), with the session ready for the next command, or until the connection fails. A stop() that
  /// came before ends it at once. Each run counts the interval from its begin: a command must have been answered just
  /// before.
  asio::awaitable<result<void>> run(clock::time_point until = clock::time_point::max());
  void stop();

  [[nodiscard]] std::uint64_t idles() const { return idles_; }
  [[nodiscard]] std::uint64_t noops() const { return noops_; }

 private:
  asio::awaitable<result<void>> pause(clock::time_point until);

  session& on_;
  clock& time_;
  keep_alive_options how_;
  alarm alarm_;
  bool stopped_ = false;
  bool refused_ = false;
  std::uint64_t idles_ = 0;
  std::uint64_t noops_ = 0;
};

}  // namespace outmap::session
