// What a dry run foretells is what a run then does. OUTMAP_FORECASTS: how many random rounds (default 60);
// OUTMAP_FORECAST_SEED: their seed (default 1).
#include <doctest/doctest.h>

#include <random>

#include "double/dry_fixture.hpp"
#include "support/convergence.hpp"

using namespace outmap;
using namespace outmap::test;

namespace {

/// A server that is changed at random, behind everybody's back.
class restless {
 public:
  restless(exchange::mailbox_store& mail, unsigned seed) : mail_(mail), random_(seed) {}

  void change() {
    const auto folder = some_folder();
    switch (below(12)) {
      case 0: mail_.change_uid_validity(folder); break;
      case 1: mail_.create("New " + std::to_string(below(6))); break;
      case 2:
        if (folder != "INBOX") mail_.remove_folder(folder);
        break;
      case 3:
        if (folder != "INBOX") mail_.rename(folder, "Was " + std::to_string(below(6)));
        break;
      case 4: below(2) == 0 ? mail_.subscribe(folder) : static_cast<void>(mail_.unsubscribe(folder)); break;
      case 5:
      case 6:
      case 7: mail_.add(folder, text_of_size(100 + below(400), next_++), flags()); break;
      case 8: {
        const auto all = mail_.messages(folder);
        const auto gone = below(all.size() + 1);
        for (std::size_t i = 0; i < gone; ++i) mail_.expunge(folder, all[i].uid);
        break;
      }
      default: {
        const auto all = mail_.messages(folder);
        if (all.empty()) break;
        const auto which = all[below(all.size())].uid;
        if (below(3) == 0)
          mail_.expunge(folder, which);
        else
          mail_.set_flags(folder, which, flags());
      }
    }
  }
  std::size_t below(std::size_t bound) { return random_() % bound; }

 private:
  flag_set flags() { return flag_set(static_cast<std::uint8_t>(below(32))); }
  std::string some_folder() {
    const auto all = mail_.folders();
    return all[below(all.size())].name;
  }

  exchange::mailbox_store& mail_;
  std::mt19937 random_;
  unsigned next_ = 5000;
};

sync_options some_options(restless& chance) {
  sync_options out;
  if (chance.below(4) == 0) out.depth = sync_depth::quick;
  if (chance.below(4) == 0) out.include = {"INBOX", "*e*"};
  if (chance.below(3) == 0) out.allow_deletions = deletion_limit{static_cast<std::uint32_t>(chance.below(4)), 0};
  return out;
}

}  // namespace

TEST_CASE_FIXTURE(dry_fixture, "what a dry run foretells of a server that changes at random is what the run does") {
  auto& store = begin();
  fill();
  const auto rounds = number_from("OUTMAP_FORECASTS", 60);
  const auto first = number_from("OUTMAP_FORECAST_SEED", 1);
  restless chance(store, first);
  unsigned idle = 0;
  unsigned tripped = 0;
  unsigned anew = 0;
  for (unsigned round = 0; round < rounds; ++round) {
    CAPTURE(round);
    for (auto left = chance.below(9); left > 0; --left) chance.change();
    const auto how = some_options(chance);
    const auto foretold = dry(how);
    const auto before = fs::exists(config.cache) ? expunged_held() : 0;
    account a(config, &watch);
    const auto done = a.sync(how);
    REQUIRE_MESSAGE(done, done.error().message());
    if (foretold.failure && foretold.failure->reach == scope::account && foretold.folders.empty()) {
      // The tree was guarded, and a run has asked some folders by then.
      CHECK(failure_of(foretold.failure) == failure_of(done->failure));
      CHECK(foretold.failure->code == errc::guard_tripped);
      CHECK_FALSE(foretold.forecast->pending == foretold.forecast->folders_gone.empty());
    } else {
      check_came_true(foretold, *done);
    }
    std::uint64_t vanished = 0;
    for (const auto& f : foretold.folders) {
      vanished += f.vanished;
      anew += f.uid_validity_changed ? 1 : 0;
    }
    idle += foretold.forecast->pending ? 0 : 1;
    tripped += foretold.failure ? 1 : 0;
    CHECK(expunged_held() >= before + vanished);
    // What a guard has kept is still to be decided; all else is done.
    if (!done->failure) {
      const auto after = dry(how);
      CHECK_FALSE(after.forecast->pending);
      CHECK_FALSE(after.failure);
    }
  }
  MESSAGE(rounds << " rounds from seed " << first << ": " << idle << " with nothing to do, " << tripped
                 << " stopped by a guard, " << anew << " new UIDVALIDITYs");
  if (rounds >= 60) {
    CHECK(idle > 0);
    CHECK(tripped > 0);
    CHECK(anew > 0);
  }
}
