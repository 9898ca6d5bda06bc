// A session that is kept for hours and proves itself when in doubt.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <optional>

#include "session/keep_alive.hpp"
#include "session/session.hpp"

namespace outmap::session {

/// Belongs to the session's executor.
class live_session {
 public:
  /// So long a session has to prove itself after suspect(), and to end after leave().
  static constexpr std::chrono::milliseconds proof_deadline{10'000};
  static constexpr std::chrono::milliseconds farewell_deadline{5'000};

  live_session(std::shared_ptr<session> on, clock& time, const asio::any_io_executor& executor, keep_alive_options how)
      : on_(std::move(on)), time_(time), alive_(*on_, time, executor, how) {}

  /// Rests with keep_alive until `until`, wake(), suspect() or leave(). After suspect() a NOOP has been answered when it
  /// returns without an error.
  asio::awaitable<result<void>> rest(clock::time_point until);
  void wake() { alive_.stop(); }
  /// The connection may be dead: unless something is heard from the server within the deadline, it is closed, and
  /// whatever waits for it fails.
  void suspect();
  /// The end is near: what is under way has so long to come to its end before the connection is closed.
  void leave();

  [[nodiscard]] const std::shared_ptr<session>& on() const { return on_; }
  [[nodiscard]] std::uint64_t idles() const { return alive_.idles(); }
  [[nodiscard]] std::uint64_t noops() const { return alive_.noops() + proofs_; }

 private:
  asio::awaitable<result<void>> prove();
  void close_unless_heard(std::uint64_t octets);

  std::shared_ptr<session> on_;
  clock& time_;
  keep_alive alive_;
  bool suspected_ = false;
  std::uint64_t proofs_ = 0;
  std::optional<timed_call> proof_;
  std::optional<timed_call> farewell_;
};

}  // namespace outmap::session
