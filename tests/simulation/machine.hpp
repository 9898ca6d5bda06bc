// One machine on which client and server run: its clock, its threads, its chance. Everything that the program asks of the
// C library about threads, time, sockets, files and random octets is answered from here while a machine exists
// (thread_calls.cpp, time_calls.cpp, socket_calls.cpp, file_calls.cpp), so the library under test is the one that is
// shipped. Threads are contexts that take turns on the one thread of the test: at each wait, each end of a lock, each
// call of the disk, the machine draws who goes on. The same seed draws the same.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "simulation/event_trace.hpp"

namespace outmap::simulation {

/// Since the machine was switched on.
using instant = std::chrono::nanoseconds;

/// Of which program a thread, a socket or a call is.
enum class party { client, server };

struct context;

/// One at a time. Lives on the thread of the test, whose own stack is its first thread.
class machine {
 public:
  explicit machine(std::uint64_t seed);
  /// All threads but the first must have ended.
  ~machine();
  machine(const machine&) = delete;
  machine& operator=(const machine&) = delete;

  /// Nothing where none exists.
  static machine* running() { return running_; }

  [[nodiscard]] instant now() const { return now_; }
  /// Draws go on from here, whatever was drawn before.
  void reseed(std::uint64_t seed) { random_.seed(seed); }
  /// Below `n`, which is not 0.
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  bool chance(unsigned of_100) { return below(100) < of_100; }
  void fill(void* into, std::size_t size);

  event_trace& trace() { return trace_; }

  /// Calls `what` at that time or as soon after it as somebody waits. It must not wait.
  void at(instant when, std::function<void()> what);
  /// Until `ready` or until that time; whether `ready`. It is asked often and must have no effect.
  bool wait(const std::function<bool()>& ready, std::optional<instant> until = std::nullopt);
  void sleep(instant length);
  /// Now and then another one goes on first.
  void yield_perhaps();

  /// A thread of the party that asks. The number is never used twice.
  std::uint64_t start(std::function<void()> what);
  [[nodiscard]] bool ended(std::uint64_t thread) const;
  [[nodiscard]] std::uint64_t self() const;
  [[nodiscard]] party whose() const;
  /// The threads of a party, without the first one.
  [[nodiscard]] std::size_t threads_of(party who) const;
  /// Carried out by the thread that calls, in the name of that party.
  void as(party who, const std::function<void()>& what);

  /// Nothing waits so long for anything: the end of a wait that never ends is told to `stuck`, which does not return.
  std::function<void(const std::string&)> stuck;

 private:
  void give_turn();
  void run_due();
  bool advance();
  context* draw();
  void switch_to(context& next);
  void reap();
  friend void enter_context();

  static machine* running_;

  instant now_{0};
  std::mt19937_64 random_;
  event_trace trace_;
  std::multimap<std::pair<instant, std::uint64_t>, std::function<void()>> events_;
  std::uint64_t last_event_ = 0;
  std::vector<std::unique_ptr<context>> contexts_;  // in the order of their start
  context* turn_ = nullptr;
  std::uint64_t last_thread_ = 0;
  std::uint64_t turns_ = 0;
};

}  // namespace outmap::simulation
