// kill -9 of the program in place of each of its durable steps, and in the middle of it: what the next run makes of it.
// OUTMAP_CRASH_POINTS: so many points of each work, or "all" (default: 3 of some 24 works); OUTMAP_CRASH_WORK: only
// works whose name holds this.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

#include "faults/asked.hpp"
#include "faults/interruptible_work.hpp"
#include "faults/tally.hpp"

using namespace outmap::test;

namespace {

tally crashes("kill -9 at each durable step of the program, before and in the middle of it",
              "OUTMAP_CRASH_POINTS=all build/tests/faults/test_crash");

bool chosen(const std::string& name) {
  const char* const only = std::getenv("OUTMAP_CRASH_WORK");
  return only == nullptr || name.find(only) != std::string::npos;
}

/// What is wrong after a run that was killed there; `killed` says whether it was.
std::string kill_at(const work_on_trial& trial, gate_way way, std::uint64_t at, bool& killed) {
  auto account = trial.fresh();
  disturbance how;
  how.way = way;
  how.from = at;
  const auto got = trial.act(account, how);
  killed = got.struck != 0;
  if (!killed && got.ended.exit_code == 0) return {};
  if (got.ended.signal != SIGKILL) return "it was not killed: " + describe(got.ended);
  account.come_to_rest();
  return trial.complete(account);
}

// Few points are spread, and differently in each work.
void interrupt(const work_on_trial& trial, std::uint64_t most, std::size_t number) {
  const auto& what = trial.what();
  const auto steps = trial.steps();
  REQUIRE(steps > 5);
  const auto points = std::min(most, 2 * steps);
  for (std::uint64_t i = 0; i < points; ++i) {
    const auto point = points == 2 * steps ? i : (2 * steps * i + 2 * steps * (number % 7) / 7) / points;
    const auto at = 1 + point / 2;
    const auto way = point % 2 == 0 ? gate_way::kill : gate_way::torn;
    bool killed = false;
    const auto wrong = kill_at(trial, way, at, killed);
    if (!killed && wrong.empty()) continue;
    const auto where = what.name + ", step " + std::to_string(at) + " of " + std::to_string(steps) +
                       (way == gate_way::torn ? ", torn: " : ": ");
    crashes.point(wrong.empty() ? wrong : where + wrong);
  }
  if (most == UINT64_MAX) std::cout << what.name << ": " << steps << " steps\n" << std::flush;
}

}  // namespace

TEST_CASE("killed at any durable step, the next run completes the work: nothing is lost and nothing is there twice") {
  prefer_memory_for_files();
  const auto most = asked("OUTMAP_CRASH_POINTS", 3);
  const bool every = std::getenv("OUTMAP_CRASH_POINTS") != nullptr || std::getenv("OUTMAP_CRASH_WORK") != nullptr;
  CHECK(all_works().size() >= 44);
  constexpr std::size_t usual_works = 24;
  const auto stride = std::max<std::size_t>(1, all_works().size() / usual_works);
  std::size_t works = 0;
  for (const auto& what : all_works()) {
    ++works;
    if (!chosen(what.name) || (!every && works % stride != 0)) continue;
    CAPTURE(what.name);
    try {
      interrupt(work_on_trial(what), most, works);
    } catch (const std::exception& e) {
      crashes.point(e.what());
    }
  }
}
