// The whole client against the bundled server on one machine that is not there: its clock, its threads, its network, its
// disk and its chance come from one seed, and the same seed plays the same history, octet by octet.
//
// OUTMAP_SIMULATION_SEEDS: how many histories (default 200); OUTMAP_SIMULATION_FIRST: the first seed (default 1).
// OUTMAP_SIMULATION_SEED: that one alone, with OUTMAP_SIMULATION_KEEP the steps that a shrunk one is made of, and
// OUTMAP_SIMULATION_TRACE a file for every event.
#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

#include "faults/asked.hpp"
#include "faults/tally.hpp"
#include "simulation/apart.hpp"

using namespace outmap::simulation;
using outmap::test::asked;

namespace {

outmap::test::tally histories("random history on a simulated clock, network and disk, one thread, one seed",
                              "OUTMAP_SIMULATION_SEEDS=10000 build/tests/simulation/test_simulation");

std::string text_of(const char* variable, const char* otherwise) {
  const char* const text = std::getenv(variable);
  return text != nullptr ? text : otherwise;
}

/// Files in memory, where there is such a place.
void prefer_memory() {
  if (std::getenv("TMPDIR") == nullptr) ::setenv("TMPDIR", "/dev/shm", 1);
}

std::string shrunk(std::uint64_t seed, const outcome& how) {
  constexpr unsigned tries = 200;
  const auto least = shrink(history_plan::of(seed), tries);
  const auto again = play_apart(least);
  return "seed " + std::to_string(seed) + ": " + how.failure + "\nthe least of it that fails: " + again.failure +
         "\nrerun: OUTMAP_SIMULATION_SEED=" + std::to_string(seed) + " OUTMAP_SIMULATION_KEEP='" + least.kept() +
         "' build/tests/simulation/test_simulation\n";
}

bool one_is_asked() { return std::getenv("OUTMAP_SIMULATION_SEED") != nullptr; }

}  // namespace

TEST_CASE("OIMAP-V0023 XIMAP-V0013 whatever breaks, caches and server end equal, nothing is lost or there twice") {
  prefer_memory();
  if (one_is_asked()) {
    auto plan = history_plan::of(asked("OUTMAP_SIMULATION_SEED", 1));
    plan.keep(text_of("OUTMAP_SIMULATION_KEEP", "all"));
    // What an earlier history leaves behind in the process must make no difference.
    if (const auto before = asked("OUTMAP_SIMULATION_AFTER", 0); before != 0)
      static_cast<void>(play(history_plan::of(before)));
    const auto how = play_apart(plan, text_of("OUTMAP_SIMULATION_TRACE", ""));
    MESSAGE("seed " << plan.seed << ": " << how.events << " events, digest " << how.digest);
    return histories.point(how.failure);
  }
  const auto first = asked("OUTMAP_SIMULATION_FIRST", 1);
  const auto count = asked("OUTMAP_SIMULATION_SEEDS", 200);
  outcome sum;
  unsigned to_shrink = 3;
  play_all(first, count, [&](std::uint64_t seed, const outcome& how) {
    sum.events += how.events;
    sum.changes += how.changes;
    sum.broken += how.broken;
    sum.deaths += how.deaths;
    sum.power_cuts += how.power_cuts;
    sum.seconds += how.seconds;
    if (how.failure.empty()) return histories.point({});
    histories.point(to_shrink > 0 ? shrunk(seed, how) : "seed " + std::to_string(seed) + ": " + how.failure);
    if (to_shrink > 0) --to_shrink;
  });
  MESSAGE(count << " histories from seed " << first << ": " << sum.changes << " changes, " << sum.broken
                << " disturbed runs, " << sum.deaths << " deaths, " << sum.power_cuts << " power cuts, " << sum.events
                << " events, " << sum.seconds / 3600 << " simulated hours");
}

TEST_CASE("a seed plays the same history twice, octet by octet and call by call") {
  prefer_memory();
  if (one_is_asked()) return;
  for (const std::uint64_t seed : {1, 3, 8, 21}) {
    CAPTURE(seed);
    const auto plan = history_plan::of(seed);
    const auto once = play_apart(plan);
    // Once more, and behind another history in the same process.
    static_cast<void>(play(history_plan::of(seed + 1000)));
    const auto again = play(plan);
    CHECK(once.events > 100);
    CHECK(once.events == again.events);
    CHECK(once.digest == again.digest);
    CHECK(once.failure == again.failure);
  }
  const auto other = play_apart(history_plan::of(55));
  CHECK(other.digest != play_apart(history_plan::of(56)).digest);
}
