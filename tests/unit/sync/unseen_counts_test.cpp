#include "sync/unseen_counts.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "../session/scripted_session.hpp"

using namespace outmap;

TEST_CASE(
    "OIMAP-V0045 OIMAP-V0044 STATUS asks for UNSEEN and nothing else, one behind the other, and a refusal passes that "
    "mailbox over") {
  test::play_session(
      "C: {e} STATUS a (UNSEEN)\nC: {f} STATUS b (UNSEEN)\nC: {g} STATUS \"c d\" (UNSEEN)\n"
      "S: * STATUS a (UNSEEN 4)\nS: {e} OK done\nS: {f} NO gone\nS: * STATUS \"c d\" (MESSAGES 9 UNSEEN 0)\nS: {g} OK "
      "done\n",
      [](session::session& on) -> asio::awaitable<void> {
        const std::vector<mailbox_name> names = {mailbox_name("a"), mailbox_name("b"), mailbox_name("c d")};
        std::map<std::size_t, std::uint32_t> counts;
        const auto done =
            co_await sync::count_unseen(on, names, [&](std::size_t i, std::uint32_t n) { counts[i] = n; });
        CHECK(done);
        CHECK(counts == std::map<std::size_t, std::uint32_t>{{0, 4}, {2, 0}});
      });
}

TEST_CASE("OIMAP-V0044 a command that is started during a long series of STATUS is sent before the series ends") {
  std::string script;
  const auto ask = [&](int i) {
    script += "C: {s" + std::to_string(i) + "} STATUS m" + std::to_string(i) + " (UNSEEN)\n";
  };
  const auto answer = [&](int i) {
    script += "S: * STATUS m" + std::to_string(i) + " (UNSEEN 1)\nS: {s" + std::to_string(i) + "} OK done\n";
  };
  static constexpr int in_flight = 16;
  static constexpr int all = 60;
  for (int i = 0; i < in_flight; ++i) ask(i);
  answer(0);
  script += "C: {n} NOOP\n";
  for (int i = 1; i < all; ++i) {
    if (i + in_flight - 1 < all) ask(i + in_flight - 1);
    answer(i);
    if (i == in_flight) script += "S: {n} OK done\n";
  }
  test::play_session(script, [](session::session& on) -> asio::awaitable<void> {
    std::vector<mailbox_name> names;
    for (int i = 0; i < all; ++i) names.emplace_back("m" + std::to_string(i));
    std::optional<profile::command_id> user;
    std::size_t counted = 0;
    const auto done = co_await sync::count_unseen(on, names, [&](std::size_t, std::uint32_t) {
      if (++counted != 1) return;
      const auto id = on.start(profile::noop_command{});
      REQUIRE(id);
      user = *id;
    });
    CHECK(done);
    CHECK(counted == all);
    REQUIRE(user);
    const auto answered = co_await on.wait(*user);
    CHECK(answered);
  });
}
