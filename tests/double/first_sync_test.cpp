// The first sync of an account: INBOX is asked for before the folder tree is there.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "double_fixture.hpp"
#include "outmap/store.hpp"
#include "support/trace_on_trial.hpp"

using namespace outmap;
using namespace outmap::test;

namespace {

struct kept_lines final : trace_sink {
  std::vector<std::string> lines;
  void client(std::string_view line) noexcept override { lines.push_back("C: " + std::string(line)); }
  void server(std::string_view line) noexcept override { lines.push_back("S: " + std::string(line)); }
  void note(std::string_view) noexcept override {}

  /// The number of the first line that begins so and holds the text; that of all lines if none does.
  [[nodiscard]] std::size_t first(std::string_view begins, std::string_view holds) const {
    const auto at = std::find_if(lines.begin(), lines.end(), [&](const std::string& line) {
      return line.starts_with(begins) && line.find(holds) != std::string::npos;
    });
    return static_cast<std::size_t>(at - lines.begin());
  }
};

struct first_fixture : double_fixture {
  first_fixture() {
    mail().create("Work");
    for (unsigned i = 1; i <= 3; ++i) {
      mail().add("INBOX", text_of_size(300, i));
      mail().add("Work", text_of_size(300, 100 + i));
    }
  }
  sync_report traced(const sync_options& how = {}) {
    trace = {};
    trace_on_trial audited(config.auth, &trace);
    account a(config, &watch, &audited);
    auto report = a.sync(how);
    REQUIRE_MESSAGE(report, report.error().message());
    return *report;
  }
  void hide_inbox() {
    exchange::hooks without;
    without.on_command = [](const exchange::command_seen& c) -> std::optional<exchange::action> {
      exchange::action out;
      if (c.name == "LIST" || c.name == "LSUB") {
        out.instead = "* " + c.name + " () \"/\" Work\r\n" + c.tag + " OK done\r\n";
      } else if (c.name == "SELECT" && c.target == "INBOX") {
        out.instead = c.tag + " NO no such mailbox\r\n";
      } else {
        return std::nullopt;
      }
      return out;
    };
    server->set_hooks(without);
  }
  kept_lines trace;
};

}  // namespace

TEST_CASE_FIXTURE(first_fixture, "OIMAP-V0026 a first sync asks for INBOX before LIST has answered") {
  CHECK_FALSE(traced().failure);
  const auto listed = trace.first("S: ", "LIST (");
  CHECK(listed < trace.lines.size());
  CHECK(trace.first("C: ", "LIST") < trace.first("C: ", "SELECT INBOX"));
  CHECK(trace.first("C: ", "SELECT INBOX") < listed);
  CHECK(trace.first("C: ", "UID FETCH") < listed);
  CHECK(trace.first("C: ", "SELECT Work") > listed);
  check_equal("INBOX");
  check_equal("Work");
}

TEST_CASE_FIXTURE(first_fixture, "without pipelining a first sync waits for LIST") {
  config.pipelining = false;
  CHECK_FALSE(traced().failure);
  CHECK(trace.first("C: ", "SELECT INBOX") > trace.first("S: ", "LIST ("));
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(first_fixture, "a first sync that leaves INBOX out does not ask for it") {
  CHECK_FALSE(traced({.include = {"Work"}, .exclude = {}}).failure);
  CHECK(trace.first("C: ", "SELECT INBOX") == trace.lines.size());
  check_equal("Work");
}

TEST_CASE_FIXTURE(first_fixture, "OIMAP-V0042 a server without an INBOX is synced, the first time and later") {
  hide_inbox();
  for (int round = 0; round < 2; ++round) {
    CAPTURE(round);
    const auto report = traced();
    if (report.failure) FAIL_CHECK(report.failure->message());
    REQUIRE(report.folders.size() == 1);
    CHECK(report.folders[0].name == "Work");
    CHECK(watch.lines.empty());
    check_equal("Work");
  }
  CHECK(trace.first("C: ", "SELECT INBOX") == trace.lines.size());
  // It may come to light later.
  server->set_hooks({});
  CHECK_FALSE(traced().failure);
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(first_fixture, "a first sync whose LIST is refused fails with that, and the next one completes it") {
  exchange::hooks refusing;
  refusing.on_command = [](const exchange::command_seen& c) -> std::optional<exchange::action> {
    if (c.name != "LIST") return std::nullopt;
    exchange::action out;
    out.instead = c.tag + " NO not now\r\n";
    return out;
  };
  server->set_hooks(refusing);
  const auto report = traced();
  REQUIRE(report.failure);
  CHECK(report.failure->code == errc::command_refused);
  server->set_hooks({});
  CHECK_FALSE(traced().failure);
  check_equal("INBOX");
  check_equal("Work");
}
