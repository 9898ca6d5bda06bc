// Misbehaviours met in the field: a run must survive each without losing mail, and a clean run must heal what is left.
#include <doctest/doctest.h>

#include <algorithm>

#include "double_fixture.hpp"

using namespace outmap;
using namespace outmap::test;

TEST_CASE_FIXTURE(double_fixture,
                  "a listing without data for a mailbox that is not empty takes no message for expunged") {
  for (unsigned i = 1; i <= 8; ++i) mail().add("INBOX", text_of_size(300, i));
  run_well();
  server->quirks().on({.which = exchange::field_quirk::listing_no_data});
  const auto report = run();
  REQUIRE(report.failure);
  CHECK(report.failure->code == errc::incomplete);
  const auto inbox =
      std::find_if(report.folders.begin(), report.folders.end(), [](const auto& f) { return f.name == "INBOX"; });
  REQUIRE(inbox != report.folders.end());
  REQUIRE(inbox->failure);
  CHECK(inbox->failure->code == errc::unexpected_response);
  CHECK(inbox->vanished == 0);
  CHECK(held("INBOX").size() == 8);
  server->quirks().off();
  run_well();
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(double_fixture,
                  "a malformed line in a listing takes no message for expunged, and the others are synced") {
  for (unsigned i = 1; i <= 8; ++i) mail().add("INBOX", text_of_size(300, i));
  run_well();
  mail().add("INBOX", text_of_size(300, 9));
  exchange::hooks spoil;
  spoil.on_command = [](const exchange::command_seen& c) -> std::optional<exchange::action> {
    if (c.name != "UID FETCH" || c.line.find("1:* (UID FLAGS)") == std::string::npos) return std::nullopt;
    exchange::action a;
    a.instead = "* 1 FETCH (UID 1 FLAGS ())\r\n* 2 FETCH (UID (((\r\n";
    for (int i = 3; i <= 9; ++i)
      *a.instead += "* " + std::to_string(i) + " FETCH (UID " + std::to_string(i) + " FLAGS ())\r\n";
    *a.instead += c.tag + " OK done\r\n";
    return a;
  };
  server->set_hooks(spoil);
  const auto report = run();
  CHECK(report.failure);
  CHECK(held("INBOX").size() == 9);
  server->set_hooks({});
  run_well();
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(double_fixture, "messages that go while they are listed are no contradiction") {
  for (unsigned i = 1; i <= 8; ++i) mail().add("INBOX", text_of_size(300, i));
  run_well();
  exchange::hooks other_client;
  other_client.on_command = [this](const exchange::command_seen& c) -> std::optional<exchange::action> {
    if (c.name == "UID FETCH" && c.line.find("1:* (UID FLAGS)") != std::string::npos)
      server->store().expunge("INBOX", 3);
    return std::nullopt;
  };
  server->set_hooks(other_client);
  run_well();
  run_well();
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(double_fixture, "every field quirk is survived, and a clean run heals what is left") {
  mail().create("Work");
  for (unsigned i = 1; i <= 8; ++i) {
    mail().add("INBOX", text_of_size(300, i));
    mail().add("Work", text_of_size(300, 100 + i));
  }
  config.timeout = std::chrono::seconds(5);
  run_well();
  unsigned next = 1000;
  for (const auto& quirk : exchange::field_quirk_table()) {
    CAPTURE(quirk.name);
    server->quirks().on({.which = quirk.id, .times = 3, .back_off = std::chrono::milliseconds(10)});
    mail().add("INBOX", text_of_size(300, ++next));
    mail().expunge("Work", 1 + (next % 8));
    const auto before = held("INBOX").size();
    account a(config, &watch);
    const auto got = a.sync();
    if (!got) CHECK(got.error().code != errc::internal);
    if (got && got->failure) CHECK(got->failure->code != errc::internal);
    CHECK(held("INBOX").size() >= before);
    server->quirks().off();
    run_well();
    check_equal("INBOX");
    check_equal("Work");
  }
}
