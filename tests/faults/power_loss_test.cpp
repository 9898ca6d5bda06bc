// The power fails at some durable step of the program: what was not synced is lost in part, and the next run completes
// the work. OUTMAP_POWER_SEEDS: so many cuts (default 120); OUTMAP_POWER_SEED: the first seed (default 1).
#include <doctest/doctest.h>

#include <exception>
#include <map>
#include <random>
#include <string>

#include "faults/asked.hpp"
#include "faults/disk_model.hpp"
#include "faults/interruptible_work.hpp"
#include "faults/tally.hpp"

using namespace outmap::test;

namespace {

tally cuts("power cut at a step of the program, unsynced writes dropped, torn and reordered",
           "OUTMAP_POWER_SEEDS=2000 build/tests/faults/test_power_loss");

/// What is wrong with the files that a cut there has left, and with what the next run makes of them.
std::string cut_at(const work_on_trial& trial, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  // Now and then behind the end: what a run has reported is to last.
  const auto at = 1 + random() % (trial.steps() + trial.steps() / 10 + 1);
  const temp_dir beside;
  const temp_dir left;
  auto account = trial.fresh();
  disk_model disk(account.dir().path());
  disturbance how;
  how.way = at > trial.steps() ? gate_way::pass : random() % 2 == 0 ? gate_way::kill : gate_way::torn;
  how.from = at;
  how.journal = beside / "journal";
  const auto got = trial.act(account, how);
  const bool completed = got.struck == 0;
  if (completed && got.ended.exit_code != 0) return "without a cut: " + describe(got.ended);
  account.come_to_rest();
  disk.replay(how.journal);
  disk.cut(random, left.path());
  // The server has seen what it has seen; the disk has another content now.
  for (const auto& e : std::filesystem::directory_iterator(account.dir().path())) std::filesystem::remove_all(e);
  std::filesystem::copy(left.path(), account.dir().path(), std::filesystem::copy_options::recursive);
  if (completed && trial.is_whole_run()) {
    if (const auto wrong = trial.judge(account); !wrong.empty()) return "cut behind the end: " + wrong;
  }
  const auto wrong = trial.complete(account);
  return wrong.empty() ? wrong
                       : "cut at step " + std::to_string(at) + " of " + std::to_string(trial.steps()) + ": " + wrong;
}

}  // namespace

TEST_CASE("when the power fails the disk holds some earlier commit, whole, and the next run completes the work") {
  prefer_memory_for_files();
  const auto first = asked("OUTMAP_POWER_SEED", 1);
  const auto count = asked("OUTMAP_POWER_SEEDS", 120);
  const auto& works = all_works();
  std::map<std::size_t, work_on_trial> on_trial;
  for (auto seed = first; seed < first + count; ++seed) {
    // A few seeds in a row share a work, which takes its time to prepare; the next ones take one of another kind.
    constexpr std::uint64_t in_a_row = 6;
    constexpr std::uint64_t stride = 11;
    const auto which = seed / in_a_row * stride % works.size();
    const auto& what = works[which];
    try {
      const auto wrong = cut_at(on_trial.try_emplace(which, what).first->second, seed);
      cuts.point(wrong.empty() ? wrong : what.name + ", seed " + std::to_string(seed) + ", " + wrong);
    } catch (const std::exception& e) {
      cuts.point(e.what());
    }
  }
}
