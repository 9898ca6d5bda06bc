// A session that nobody uses right now, kept alive and listening.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>

#include "session/session.hpp"

namespace outmap::session {

struct keep_alive_options {
  /// Between two commands, less than the 10 minutes of OIMAP-V0025: the answer takes its time, too.
  std::chrono::milliseconds noop_interval = std::chrono::minutes(9);
  /// Between two looks at a server without IDLE; never more than noop_interval.
  std::chrono::milliseconds poll_interval = std::chrono::minutes(1);
};

/// IDLE where the server lists it, broken by DONE, NOOP before the autologout timer of the server runs out; NOOP
/// polling otherwise (OIMAP-V0025, V0028). What the server tells goes to the session's unsolicited listener. Belongs to
/// the session's executor.
class keep_alive {
 public:
  keep_alive(session& on, const asio::any_io_executor& executor, keep_alive_options how = {})
      : on_(on), how_(how), timer_(executor) {}

  /// Until stop(), with the session ready for the next command, or until the connection fails.
  asio::awaitable<result<void>> run();
  void stop();

 private:
  session& on_;
  keep_alive_options how_;
  asio::steady_timer timer_;
  bool stopped_ = false;
};

}  // namespace outmap::session
