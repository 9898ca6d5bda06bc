// Each call of the program to the system fails once, or the disk is full or read-only from some call on, or every call
// does half of what it was asked for. OUTMAP_FAULT_POINTS: so many points a work and fault (default 1), or "all";
// OUTMAP_FAULT_WORK: only works whose name holds this.
#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "faults/asked.hpp"
#include "faults/interruptible_work.hpp"
#include "faults/tally.hpp"

using namespace outmap::test;

namespace {

tally faults("each read, write, sync, open and send of the program fails; a full and a read-only disk; short calls",
             "OUTMAP_FAULT_POINTS=all build/tests/faults/test_disk_faults");

struct fault {
  const char* name;
  unsigned kinds;
  int code;
  bool from_there_on;
};

const std::vector<fault>& all_faults() {
  static const std::vector<fault> all = {
      {"a write fails", gate::change, EIO, false},
      {"a sync fails", gate::sync, EIO, false},
      {"a read fails", gate::read, EIO, false},
      {"no descriptor is left", gate::open, EMFILE, false},
      {"a file cannot be opened", gate::open, EACCES, false},
      {"the connection is reset", gate::receive, ECONNRESET, false},
      {"a send fails", gate::send, EPIPE, false},
      {"the disk is full", gate::change, ENOSPC, true},
      {"the disk is read-only", gate::change, EROFS, true},
  };
  return all;
}

/// Ten of them, with something of everything.
std::vector<const interruptible_work*> chosen_works() {
  const char* const names[] = {"first sync",
                               "first sync, 2010",
                               "first sync, large messages",
                               "delta",
                               "delta, headers",
                               "delta, expunged mail is let go",
                               "new UIDVALIDITY",
                               "bodies on demand, generic",
                               "export, maildir",
                               "outbox: all in a row, generic",
                               "recording: append"};
  const char* const only = std::getenv("OUTMAP_FAULT_WORK");
  std::vector<const interruptible_work*> out;
  for (const auto& w : all_works()) {
    const bool wanted = std::find(std::begin(names), std::end(names), w.name) != std::end(names);
    if (wanted && (only == nullptr || w.name.find(only) != std::string::npos)) out.push_back(&w);
  }
  return out;
}

/// How a run may end on whose way something broke. 1 would be a fault in the program itself.
bool is_clean(const process_result& r) {
  constexpr int codes[] = {0, 2, 3, 10, 11, 12, 14, 22, 23};
  return r.signal == 0 && !r.timed_out && std::find(std::begin(codes), std::end(codes), r.exit_code) != std::end(codes);
}

std::string break_at(const work_on_trial& trial, const disturbance& how, bool& struck) {
  auto account = trial.fresh();
  const auto got = trial.act(account, how);
  struck = got.struck != 0;
  if (!is_clean(got.ended)) return describe(got.ended);
  if (got.ended.exit_code != 0 && got.ended.err.empty()) return "not a word about exit code " + describe(got.ended);
  account.come_to_rest();
  return trial.complete(account);
}

void break_all(const work_on_trial& trial, const fault& what, std::uint64_t most, std::size_t number) {
  disturbance how;
  how.kinds = what.kinds;
  auto undisturbed = trial.fresh();
  const auto calls = trial.act(undisturbed, how).seen;
  how.way = gate_way::fail;
  how.code = what.code;
  const auto points = std::min(most, calls);
  for (std::uint64_t i = 0; i < points; ++i) {
    how.from = 1 + (points == calls ? i : (calls * i + calls * (number % 5) / 5) / points);
    how.last = what.from_there_on ? UINT64_MAX : how.from;
    bool struck = false;
    const auto wrong = break_at(trial, how, struck);
    if (!struck && wrong.empty()) continue;
    faults.point(wrong.empty() ? wrong
                               : trial.what().name + ", " + what.name + ", call " + std::to_string(how.from) + " of " +
                                     std::to_string(calls) + ": " + wrong);
  }
}

/// Half of each read and write: nothing may depend on getting all at once. (A send that takes less than it was given has
/// filled the socket's buffer, and Asio waits for room then: there would always be some.)
std::string halve_all(const work_on_trial& trial) {
  auto account = trial.fresh();
  disturbance how;
  how.kinds = gate::change | gate::read | gate::receive;
  how.way = gate_way::cut;
  how.from = 1;
  how.last = UINT64_MAX;
  const auto got = trial.act(account, how);
  if (got.ended.exit_code != 0) return describe(got.ended);
  return trial.complete(account);
}

}  // namespace

TEST_CASE("whatever call fails, the program ends with an exit code of its own and the next run completes the work") {
  prefer_memory_for_files();
  const auto most = asked("OUTMAP_FAULT_POINTS", 1);
  std::size_t number = 0;
  for (const auto* what : chosen_works()) {
    try {
      const work_on_trial trial(*what);
      for (const auto& f : all_faults()) break_all(trial, f, most, ++number);
      const auto wrong = halve_all(trial);
      faults.point(wrong.empty() ? wrong : what->name + ", half of each call: " + wrong);
    } catch (const std::exception& e) {
      faults.point(e.what());
    }
  }
}

TEST_CASE("of two programs that begin at once on one cache one does the work and the other says that it may not") {
  prefer_memory_for_files();
  for (const auto& what : all_works()) {
    if (what.name != "first sync" && what.name != "delta") continue;
    const work_on_trial trial(what);
    auto account = trial.fresh();
    std::vector<process> both;
    for (int i = 0; i < 2; ++i) both.emplace_back(account.with(account.on(what.act)));
    int done = 0;
    std::string wrong;
    for (auto& p : both) {
      const auto got = p.wait();
      done += got.exit_code == 0 ? 1 : 0;
      if (got.exit_code != 0 && got.exit_code != 22) wrong = describe(got);
    }
    if (wrong.empty() && done == 0) wrong = "neither has done it";
    if (wrong.empty()) wrong = trial.complete(account);
    faults.point(wrong.empty() ? wrong : "two programs, " + what.name + ": " + wrong);
  }
}
