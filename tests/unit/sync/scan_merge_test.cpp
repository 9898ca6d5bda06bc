#include "sync/scan_merge.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>

using namespace outmap;
using namespace outmap::sync;

namespace {

flag_set flags(std::uint8_t bits) { return flag_set(bits); }

cache::message_state held(std::uint32_t u, std::uint8_t bits = 0, bool header = true, bool body = true) {
  return {uid{u}, flags(bits), header, body};
}

struct planned : folder_plan {
  std::vector<std::pair<uid, flag_set>> changed;
};

// Pages of two, so that every plan here crosses their bounds.
planned plan(const std::vector<cache::message_state>& cached, std::vector<seen_message> seen) {
  planned out;
  scan_merge merge(
      [&](uid after) -> result<std::vector<cache::message_state>> {
        std::vector<cache::message_state> page;
        for (const auto& m : cached) {
          if (after < m.uid && page.size() < 2) page.push_back(m);
        }
        return page;
      },
      [&](uid which, flag_set&& now) { out.changed.emplace_back(which, std::move(now)); });
  for (auto& line : seen) merge.add(line.which, std::move(line.flags));
  auto done = merge.finish();
  REQUIRE_MESSAGE(done, done.error().message());
  static_cast<folder_plan&>(out) = std::move(*done);
  return out;
}

}  // namespace

TEST_CASE("OIMAP-C0002 a second visit to an unchanged folder plans nothing") {
  const auto p = plan({held(1, 1), held(5)}, {{{1}, flags(1)}, {{5}, flags(0)}});
  CHECK(p.new_messages.empty());
  CHECK(p.without_header.empty());
  CHECK(p.without_body.empty());
  CHECK(p.changed.empty());
  CHECK(p.vanished.empty());
}

TEST_CASE("OIMAP-V0023 XIMAP-V0013 new, changed and vanished messages are found") {
  const auto p =
      plan({held(1), held(2), held(3, 1)}, {{{2}, flags(0)}, {{3}, flags(3)}, {{7}, flags(1)}, {{8}, flags(0)}});
  CHECK(p.new_messages.to_string() == "7:8");
  CHECK(p.without_body.to_string() == "7:8");
  CHECK(p.vanished.to_string() == "1");
  REQUIRE(p.changed.size() == 1);
  CHECK(p.changed[0].first == uid{3});
  CHECK(p.changed[0].second == flags(3));
}

TEST_CASE("what an interrupted run left open is planned again") {
  const auto p = plan({held(1, 0, true, false), held(2, 0, false, false), held(3, 0, false, true)},
                      {{{1}, {}}, {{2}, {}}, {{3}, {}}});
  CHECK(p.new_messages.empty());
  CHECK(p.without_header.to_string() == "2:3");
  CHECK(p.without_body.to_string() == "1:2");
}

TEST_CASE("XIMAP-2.1.2 XIMAP-V0004 a revised message is one vanished and one new") {
  const auto p = plan({held(1), held(2)}, {{{1}, {}}, {{3}, {}}});
  CHECK(p.vanished.to_string() == "2");
  CHECK(p.new_messages.to_string() == "3");
}

TEST_CASE("a scan in any order, with a UID twice, counts the last line for it") {
  const auto p = plan({held(1), held(9)}, {{{9}, flags(0)}, {{1}, flags(1)}, {{4}, flags(0)}, {{1}, flags(2)}});
  CHECK(p.new_messages.to_string() == "4");
  REQUIRE(p.changed.size() == 1);
  CHECK(p.changed[0].second == flags(2));
  CHECK(p.listed == 3);
  CHECK(p.vanished.empty());
}

TEST_CASE("a scan whose last line for a UID repeats what is cached leaves it so") {
  const auto p = plan({held(1), held(9)}, {{{1}, flags(1)}, {{9}, flags(0)}, {{1}, flags(0)}});
  REQUIRE(p.changed.size() == 2);
  CHECK(p.changed[1].second == flags(0));
}

TEST_CASE("a cache that cannot be read makes no plan") {
  scan_merge merge([](uid) -> result<std::vector<cache::message_state>> { return fail(errc::cache_damaged, "x"); },
                   [](uid, flag_set&&) {});
  merge.add(uid{1}, flag_set());
  merge.add(uid{2}, flag_set());
  const auto done = merge.finish();
  REQUIRE_FALSE(done);
  CHECK(done.error().code == errc::cache_damaged);
}

TEST_CASE("OIMAP-V0011 lines out of order are held up to a bound only") {
  scan_merge merge([](uid) { return result<std::vector<cache::message_state>>(); }, [](uid, flag_set&&) {});
  for (std::size_t i = 0; i < scan_merge::most_late + 10; ++i) merge.add(uid{1}, flag_set());
  const auto done = merge.finish();
  REQUIRE_FALSE(done);
  CHECK(done.error().code == errc::limit_exceeded);
  CHECK(done.error().reach == scope::folder);
}

TEST_CASE("carrying out a plan makes any cache equal to any server") {
  std::mt19937 random(11);
  for (int round = 0; round < 500; ++round) {
    std::map<std::uint32_t, std::uint8_t> server;
    std::map<std::uint32_t, std::uint8_t> local;
    for (int i = 0; i < 30; ++i) {
      const auto u = std::uint32_t(random() % 50 + 1);
      if (random() % 2) server[u] = std::uint8_t(random() % 32);
      if (random() % 2) local[u] = std::uint8_t(random() % 32);
    }
    std::vector<cache::message_state> cached;
    for (const auto& [u, f] : local) cached.push_back(held(u, f));
    std::vector<seen_message> seen;
    for (const auto& [u, f] : server) seen.push_back({{u}, flags(f)});
    if (round % 2 == 0) std::shuffle(seen.begin(), seen.end(), random);
    for (std::size_t i = 0; round % 4 == 0 && i < seen.size(); i += 5) seen.push_back(seen[i]);
    const auto p = plan(cached, seen);
    for (const auto u : p.vanished.to_vector()) local.erase(u.value);
    CHECK(p.listed == server.size());
    for (const auto& [u, f] : p.changed) local[u.value] = f.system_bits();
    for (const auto u : p.new_messages.to_vector()) local[u.value] = server.at(u.value);
    REQUIRE(local == server);
  }
}
