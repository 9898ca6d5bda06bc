// Restores to servers that do not take a message, each in its own way: it is named and counted, the others are restored,
// and nothing is there twice when the restore is run again.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>

#include "double/archive_fixture.hpp"

using namespace outmap;
using namespace outmap::test;

namespace {

constexpr std::uint64_t all_messages = 28;

/// How a server answers an APPEND that it does not like.
struct refusal {
  const char* name;
  const char* answer;  ///< behind the tag
  errc code;
};
constexpr refusal refusals[] = {
    {"too large", " NO [TOOBIG] message too large\r\n", errc::command_refused},
    {"too large by APPENDLIMIT", " NO [LIMIT] Message exceeds APPENDLIMIT\r\n", errc::command_refused},
    {"quota", " NO [OVERQUOTA] Quota exceeded (mailbox for user is full)\r\n", errc::command_refused},
    {"a date that it does not take", " BAD Invalid date-time\r\n", errc::command_rejected},
    {"NO", " NO\r\n", errc::command_refused},
    {"BAD", " BAD Command Argument Error. 11\r\n", errc::command_rejected},
    {"no such mailbox", " NO [TRYCREATE] Mailbox doesn't exist\r\n", errc::command_refused},
};

struct refusing_fixture : archive_fixture {
  returned_folders before;

  void back_up_and_empty() {
    begin();
    fill();
    before = on_server();
    back_up_well();
    empty_server();
  }
  void with(exchange::hooks hooks) { server->set_hooks(std::move(hooks)); }

  /// One run whose refusals are these, and then one that the server lets do all.
  void check(std::uint64_t refused, errc code) {
    const auto report = restore();
    REQUIRE(report);
    CHECK(report->refused == refused);
    CHECK(report->appended == all_messages - refused);
    REQUIRE(report->failure);
    CHECK(report->failure->code == errc::incomplete);
    REQUIRE(report->refusals.size() == refused);
    for (const auto& r : report->refusals) {
      CHECK(r.folder == "INBOX");
      CHECK(r.which.value != 0);
      CHECK(r.why.code == code);
    }
    with({});
    const auto rest = restore_well();
    CHECK(rest.appended == refused);
    CHECK(rest.there == all_messages - refused);
    CHECK((on_server() == before));
    CHECK(restore_well().appended == 0);
  }
};

bool is_append_to_inbox(const exchange::command_seen& c) { return c.name == "APPEND" && c.target == "INBOX"; }

}  // namespace

TEST_CASE_FIXTURE(refusing_fixture,
                  "a message that is refused behind its literal is named, and sent again by the next run") {
  for (const auto& r : refusals) {
    SUBCASE(r.name) {
      back_up_and_empty();
      exchange::hooks hooks;
      hooks.on_command = [&r](const exchange::command_seen& c) -> std::optional<exchange::action> {
        if (!is_append_to_inbox(c) || c.line.find("\\Flagged") == std::string::npos) return std::nullopt;
        exchange::action out;
        out.instead = c.tag + r.answer;
        return out;
      };
      std::uint64_t flagged = 0;
      for (const auto& [flags, date, octets] : before.at("INBOX"))
        flagged += flags.find("\\Flagged") != std::string::npos;
      REQUIRE(flagged > 0);
      with(hooks);
      check(flagged, r.code);
    }
  }
}

TEST_CASE_FIXTURE(refusing_fixture, "a NO to one APPEND of many costs that message, and the next run brings it") {
  back_up_and_empty();
  const auto left = std::make_shared<std::atomic<int>>(5);
  exchange::hooks hooks;
  hooks.on_command = [left](const exchange::command_seen& c) -> std::optional<exchange::action> {
    if (!is_append_to_inbox(c) || --*left != 0) return std::nullopt;
    exchange::action out;
    out.instead = c.tag + " NO not this one\r\n";
    return out;
  };
  with(hooks);
  check(1, errc::command_refused);
}

TEST_CASE_FIXTURE(refusing_fixture,
                  "a literal that the server does not ask for is not sent, and the message is named") {
  for (const auto& r : refusals) {
    SUBCASE(r.name) {
      back_up_and_empty();
      const auto left = std::make_shared<std::atomic<int>>(3);
      exchange::hooks hooks;
      hooks.on_literal = [left, &r](std::string_view line) -> std::optional<exchange::action> {
        if (line.find(" APPEND INBOX ") == std::string_view::npos || --*left < 0) return std::nullopt;
        exchange::action out;
        out.instead = std::string(line.substr(0, line.find(' '))) + r.answer;
        return out;
      };
      with(hooks);
      check(3, r.code);
      for (const auto& slip : server->log().slips()) FAIL_CHECK(slip.what << ": " << slip.command);
    }
  }
}

TEST_CASE_FIXTURE(refusing_fixture,
                  "a BYE in the middle of a literal costs a connection and no message, and none is there twice") {
  back_up_and_empty();
  const auto left = std::make_shared<std::atomic<int>>(2);
  exchange::hooks hooks;
  hooks.on_literal = [left](std::string_view line) -> std::optional<exchange::action> {
    if (line.find(" APPEND ") == std::string_view::npos || --*left < 0) return std::nullopt;
    exchange::action out;
    out.after = "* BYE Server shutting down.\r\n";
    out.close = true;
    return out;
  };
  with(hooks);
  const auto report = restore_well();
  CHECK(report.appended == all_messages);
  CHECK(report.refused == 0);
  CHECK((on_server() == before));
  CHECK(restore_well().appended == 0);
}

TEST_CASE_FIXTURE(refusing_fixture,
                  "a server that ends each literal with BYE is given up, and the next run completes the restore") {
  back_up_and_empty();
  exchange::hooks hooks;
  hooks.on_literal = [](std::string_view line) -> std::optional<exchange::action> {
    if (line.find(" APPEND ") == std::string_view::npos) return std::nullopt;
    exchange::action out;
    out.after = "* BYE Server shutting down.\r\n";
    out.close = true;
    return out;
  };
  with(hooks);
  const auto report = restore();
  CHECK_FALSE((report && !report->failure));
  with({});
  const auto rest = restore_well();
  CHECK(rest.appended == all_messages);
  CHECK((on_server() == before));
}

TEST_CASE_FIXTURE(refusing_fixture,
                  "a quota that is full from some message on names all the others, and with room again they come") {
  back_up_and_empty();
  const auto room = std::make_shared<std::atomic<int>>(10);
  exchange::hooks hooks;
  hooks.on_command = [room](const exchange::command_seen& c) -> std::optional<exchange::action> {
    if (c.name != "APPEND" || --*room >= 0) return std::nullopt;
    exchange::action out;
    out.instead = c.tag + " NO [OVERQUOTA] Quota exceeded\r\n";
    return out;
  };
  with(hooks);
  const auto report = restore();
  REQUIRE(report);
  CHECK(report->appended == 10);
  CHECK(report->refused == all_messages - 10);
  CHECK(report->refusals.size() == all_messages - 10);
  REQUIRE(report->failure);
  CHECK(report->failure->code == errc::incomplete);
  with({});
  const auto rest = restore_well();
  CHECK(rest.appended == all_messages - 10);
  CHECK((on_server() == before));
}
