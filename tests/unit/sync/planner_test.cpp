#include "sync/planner.hpp"

#include <doctest/doctest.h>

#include <map>
#include <random>

using namespace outmap;
using namespace outmap::sync;

namespace {

flag_set flags(std::uint8_t bits) { return flag_set(bits); }

cache::message_state held(std::uint32_t u, std::uint8_t bits = 0, bool header = true, bool body = true) {
  return {uid{u}, flags(bits), header, body};
}

}  // namespace

TEST_CASE("OIMAP-C0002 a second visit to an unchanged folder plans nothing") {
  const auto p = plan({held(1, 1), held(5)}, {{{1}, flags(1)}, {{5}, flags(0)}});
  CHECK(p.new_messages.empty());
  CHECK(p.without_header.empty());
  CHECK(p.without_body.empty());
  CHECK(p.changed_flags.empty());
  CHECK(p.vanished.empty());
}

TEST_CASE("OIMAP-V0023 XIMAP-V0013 new, changed and vanished messages are found") {
  const auto p =
      plan({held(1), held(2), held(3, 1)}, {{{2}, flags(0)}, {{3}, flags(3)}, {{7}, flags(1)}, {{8}, flags(0)}});
  CHECK(p.new_messages.to_string() == "7:8");
  CHECK(p.without_body.to_string() == "7:8");
  CHECK(p.vanished.to_string() == "1");
  REQUIRE(p.changed_flags.size() == 1);
  CHECK(p.changed_flags[0].first == uid{3});
  CHECK(p.changed_flags[0].second == flags(3));
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
  REQUIRE(p.changed_flags.size() == 1);
  CHECK(p.changed_flags[0].second == flags(2));
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
    const auto p = plan(cached, seen);
    for (const auto u : p.vanished.to_vector()) local.erase(u.value);
    for (const auto& [u, f] : p.changed_flags) local[u.value] = f.system_bits();
    for (const auto u : p.new_messages.to_vector()) local[u.value] = server.at(u.value);
    REQUIRE(local == server);
  }
}
