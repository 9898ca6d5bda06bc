// A server that wants to be left alone for a while.
#include <doctest/doctest.h>

#include "double_fixture.hpp"

using namespace outmap;
using namespace outmap::test;

namespace {

struct throttled_fixture : double_fixture {
  struct listener final : observer {
    std::vector<std::chrono::milliseconds> pauses;
    void on_throttled(std::chrono::milliseconds pause) noexcept override { pauses.push_back(pause); }
  } heard;

  void fill() {
    mail().create("Work");
    for (unsigned i = 1; i <= 8; ++i) {
      mail().add("INBOX", text_of_size(300, i));
      mail().add("Work", text_of_size(300, 100 + i));
    }
  }
  sync_report run_listening() {
    account a(config, &heard);
    auto got = a.sync();
    REQUIRE_MESSAGE(got, got.error().message());
    return *got;
  }
};

}  // namespace

TEST_CASE_FIXTURE(throttled_fixture, "a throttled command is sent again after the pause, whichever it is") {
  fill();
  for (const char* command : {"SELECT", "UID FETCH"}) {
    CAPTURE(command);
    mail().add("INBOX", text_of_size(300, 50 + static_cast<unsigned>(command[0])));
    server->quirks().on({.which = exchange::field_quirk::throttled,
                         .command = command,
                         .times = 2,
                         .back_off = std::chrono::milliseconds(15)});
    heard.pauses.clear();
    const auto report = run_listening();
    if (report.failure) FAIL_CHECK(report.failure->message());
    REQUIRE_FALSE(heard.pauses.empty());
    CHECK(heard.pauses.front() == std::chrono::milliseconds(15));
    server->quirks().off();
    check_equal("INBOX");
    check_equal("Work");
  }
}

TEST_CASE_FIXTURE(throttled_fixture, "a pause longer than a run waits for ends the run, and nothing is lost by it") {
  fill();
  run_well();
  const auto before = held("INBOX");
  mail().add("INBOX", text_of_size(300, 9));
  server->quirks().on(
      {.which = exchange::field_quirk::throttled, .command = "UID FETCH", .back_off = std::chrono::hours(2)});
  const auto report = run_listening();
  REQUIRE(report.failure);
  CHECK(report.failure->code == errc::throttled);
  CHECK(held("INBOX") == before);
  server->quirks().off();
  run_well();
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(throttled_fixture, "a server that does nothing but throttle is not asked for ever") {
  fill();
  server->quirks().on(
      {.which = exchange::field_quirk::throttled, .command = "SELECT", .back_off = std::chrono::milliseconds(1)});
  const auto report = run_listening();
  REQUIRE(report.failure);
  CHECK(report.failure->code == errc::throttled);
  CHECK(heard.pauses.size() < 40);
}
