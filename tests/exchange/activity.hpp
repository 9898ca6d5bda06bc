// What the server saw and sent, for tests to assert on.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "hooks.hpp"

namespace outmap::exchange {

struct counters {
  std::uint64_t connections = 0;
  std::uint64_t tls_handshakes = 0;
  std::uint64_t logins = 0;
  std::uint64_t failed_logins = 0;
  std::uint64_t bodies = 0;       ///< BODY[], BODY.PEEK[], RFC822, RFC822.PEEK items sent
  std::uint64_t body_octets = 0;  ///< octets of their literals
  std::uint64_t headers = 0;      ///< BODY[HEADER], BODY.PEEK[HEADER], RFC822.HEADER items sent
  std::uint64_t octets_sent = 0;  ///< all, before encryption; of connections that have ended
};

/// A command that was accepted although it broke a rule (XIMAP-2.1.5, XIMAP-V0001).
struct slip {
  std::uint64_t connection = 0;
  std::string command;  ///< as in command_seen::line
  std::string what;
};

/// Thread-safe.
class activity {
 public:
  /// Every command in the order of arrival, all connections together.
  [[nodiscard]] std::vector<command_seen> commands() const;
  /// Their lines without tags: "SELECT INBOX", …
  [[nodiscard]] std::vector<std::string> lines() const;
  [[nodiscard]] std::size_t count(std::string_view command_name) const;
  [[nodiscard]] counters totals() const;
  /// Breaches of the grammar that the server let pass, in order: a careful client leaves none.
  [[nodiscard]] std::vector<slip> slips() const;
  /// Forgets commands and sets the counters to 0, for the second half of a test.
  void reset();
  /// Waits until a command of this name arrived `times` times; false after `patience`.
  bool wait_for(std::string_view command_name, std::size_t times = 1,
                std::chrono::milliseconds patience = std::chrono::seconds(30));

  void record(command_seen seen);
  void record(slip seen);
  void count(const std::function<void(counters&)>& change);

 private:
  [[nodiscard]] std::size_t count_locked(std::string_view command_name) const;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<command_seen> commands_;
  std::vector<slip> slips_;
  counters totals_;
};

}  // namespace outmap::exchange
