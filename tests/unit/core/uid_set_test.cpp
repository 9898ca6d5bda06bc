#include "outmap/uid_set.hpp"

#include <doctest/doctest.h>

#include <random>
#include <set>

using namespace outmap;

TEST_CASE("OIMAP-V0060 a set is compacted to ranges") {
  uid_set s;
  for (const auto v : {1u, 2u, 3u, 7u, 9u, 8u, 20u}) s.add(uid{v});
  CHECK(s.to_string() == "1:3,7:9,20");
  CHECK(s.size() == 7);
  CHECK(s.contains({8}));
  CHECK_FALSE(s.contains({10}));
  s.add({{4}, {6}});
  CHECK(s.to_string() == "1:9,20");
}

TEST_CASE("ranges at the end of the number space do not overflow") {
  uid_set s;
  s.add({{4294967290u}, {4294967295u}});
  s.add(uid{1});
  s.add(uid{4294967295u});
  CHECK(s.to_string() == "1,4294967290:4294967295");
  CHECK(s.size() == 7);
  CHECK(s.to_vector().size() == 7);
  CHECK(s.split(100, 4).size() == 2);
}

TEST_CASE("any order of insertion gives the same set as std::set") {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    uid_set s;
    std::set<std::uint32_t> model;
    for (int i = 0; i < 60; ++i) {
      const auto from = std::uint32_t(random() % 100 + 1);
      const auto to = from + std::uint32_t(random() % 4);
      s.add({{from}, {to}});
      for (auto v = from; v <= to; ++v) model.insert(v);
    }
    std::vector<std::uint32_t> got;
    for (const auto u : s.to_vector()) got.push_back(u.value);
    REQUIRE(got == std::vector<std::uint32_t>(model.begin(), model.end()));
    for (std::size_t i = 1; i < s.ranges().size(); ++i) {
      REQUIRE(s.ranges()[i].first.value > s.ranges()[i - 1].last.value + 1);
    }
  }
}

TEST_CASE("a set added to another gives what its ranges one by one would give") {
  std::mt19937 random(11);
  for (int round = 0; round < 2000; ++round) {
    // Near both ends of the number space, sparse and dense.
    const std::uint32_t base = round % 2 == 0 ? 1 : 4294967295u - 400;
    const auto spread = std::uint32_t(random() % 390 + 5);
    const auto some = [&] {
      uid_set out;
      for (auto left = random() % 40; left > 0; --left) {
        const auto from = base + std::uint32_t(random() % spread);
        out.add({{from}, {from + std::uint32_t(random() % 4)}});
      }
      return out;
    };
    auto joined = some();
    auto expected = joined;
    const auto other = some();
    for (const auto& range : other.ranges()) expected.add(range);
    joined.add(other);
    REQUIRE(joined.to_string() == expected.to_string());
  }
}

TEST_CASE("NTLM-PB3 a scattered set is split below the command limit and loses nothing") {
  uid_set s;
  for (std::uint32_t v = 1; v <= 40000; v += 2) s.add(uid{v});
  const auto pieces = s.split(7900);
  CHECK(pieces.size() > 1);
  uid_set joined;
  for (const auto& p : pieces) {
    CHECK(p.to_string().size() <= 7900);
    joined.add(p);
    joined.add(joined);
  }
  CHECK(joined == s);
  std::uint64_t total = 0;
  uid_set dense;
  dense.add({{1}, {1000}});
  for (const auto& p : dense.split(7900, 300)) {
    CHECK(p.size() <= 300);
    total += p.size();
  }
  CHECK(total == 1000);
}

TEST_CASE("what is in one set and not in another") {
  std::mt19937 random(5);
  for (int round = 0; round < 300; ++round) {
    uid_set one, other, expected;
    for (int i = 0; i < 20; ++i) {
      const auto first = std::uint32_t(random() % 90 + 1);
      one.add({{first}, {std::uint32_t(first + random() % 8)}});
      const auto cut = std::uint32_t(random() % 90 + 1);
      other.add({{cut}, {std::uint32_t(cut + random() % 5)}});
    }
    for (const auto u : one.to_vector()) {
      if (!other.contains(u)) expected.add(u);
    }
    REQUIRE(one.without(other) == expected);
    REQUIRE(one.without(uid_set()) == one);
    REQUIRE(one.without(one).empty());
  }
  uid_set all, top;
  all.add({{1}, {UINT32_MAX}});
  top.add(uid{UINT32_MAX});
  CHECK(all.without(top).to_string() == "1:4294967294");
  CHECK(top.without(all).empty());
}
