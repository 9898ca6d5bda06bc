#include "sync/deletion_guard.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <random>

using namespace outmap;
using namespace outmap::sync;

TEST_CASE("by default more than 20 messages and more than half of a folder are too many") {
  const deletion_limit usual;
  CHECK_FALSE(judge_deletions("x", 20, 20, usual));
  CHECK_FALSE(judge_deletions("x", 21, 42, usual));
  CHECK_FALSE(judge_deletions("x", 0, 0, usual));
  const auto tripped = judge_deletions("Sent", 22, 43, usual);
  REQUIRE(tripped);
  CHECK(tripped->code == errc::guard_tripped);
  CHECK(tripped->reach == scope::folder);
  CHECK(tripped->detail.find("Sent: 22 of 43 messages") == 0);
}

TEST_CASE("a number alone, any share, and no limit") {
  CHECK(judge_deletions("x", 6, 1000, {5, 0}));
  CHECK_FALSE(judge_deletions("x", 5, 1000, {5, 0}));
  CHECK_FALSE(judge_deletions("x", 1000, 1000, {20, 100}));
  CHECK(judge_deletions("x", 900, 1000, {20, 80}));
  CHECK_FALSE(judge_deletions("x", 1000, 1000, deletion_limit::none()));
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  CHECK(judge_deletions("x", most, most, {}));
  CHECK_FALSE(judge_deletions("x", most / 2 - 1, most, {}));
}

TEST_CASE("the more goes, the sooner the guard trips; the more is held, the later") {
  std::mt19937 random(20);
  for (int i = 0; i < 20000; ++i) {
    const deletion_limit limit{random() % 50, static_cast<unsigned>(random() % 101)};
    const std::uint64_t held = random() % 500;
    const std::uint64_t gone = held == 0 ? 0 : random() % held;
    CAPTURE(held);
    CAPTURE(gone);
    const bool trips = judge_deletions("x", gone, held, limit).has_value();
    if (trips) CHECK(judge_deletions("x", gone + 1, held, limit).has_value());
    if (!trips) CHECK_FALSE(judge_deletions("x", gone, held + 1, limit).has_value());
    // As the words say it, with whole messages.
    CHECK(trips == (gone > limit.messages && gone * 100 > held * limit.percent && limit.percent < 100));
  }
}

TEST_CASE("of the folders a few may go, and half of them") {
  const deletion_limit usual;
  CHECK_FALSE(judge_lost_folders(3, 3, usual));
  CHECK_FALSE(judge_lost_folders(4, 8, usual));
  const auto tripped = judge_lost_folders(5, 9, usual);
  REQUIRE(tripped);
  CHECK(tripped->reach == scope::account);
  CHECK(judge_lost_folders(5, 9, {5, 0}));
  CHECK_FALSE(judge_lost_folders(9, 9, deletion_limit::none()));
}
