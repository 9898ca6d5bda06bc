// What a server says besides, leaves out or breaks, and what that changes: nothing, or the end of the connection.
#include <algorithm>
#include <functional>

#include "double/whole_run.hpp"

using namespace outmap;
using test::whole_run;

namespace {

using hook = std::function<std::optional<exchange::action>(const exchange::command_seen&)>;

// What the client said and what it kept, over two syncs.
struct outcome {
  std::vector<std::string> said;
  std::string held;
  bool operator==(const outcome&) const = default;
};

outcome play(const std::vector<std::string>& omitted, const hook& on_command) {
  whole_run run;
  run.options.behaves.omitted_codes = omitted;
  run.options.hooks.on_command = on_command;
  run.run_twice();
  return {run.server->log().lines(), run.held()};
}

exchange::action say_before(std::string text) {
  exchange::action out;
  out.before = std::move(text);
  return out;
}

}  // namespace

TEST_CASE(
    "OIMAP-C0004 OIMAP-V0062 OIMAP-V0067 OIMAP-V0068 OIMAP-V0069 data without a use changes neither what is said nor "
    "what is kept") {
  const auto undisturbed = play({}, nullptr);
  REQUIRE(undisturbed.said.size() > 20);
  for (const std::string data :
       {"* SEARCH 1 2 3", "* SEARCH", "* FLAGS ()", "* FLAGS (\\Seen $Forwarded)", "* 5 RECENT", "* 4294967295 RECENT",
        "* OK [READ-ONLY] closed", "* OK [TRYCREATE] no", "* OK [PERMANENTFLAGS ()] none",
        "* OK [BADCHARSET (UTF-8)] no", "* OK [X-NEW 1 (2 3)] new", "* OK still here", "* NO disk is slow",
        "* NAMESPACE ((\"\" \"/\")) NIL NIL", "* X-NEW (a (b))", "* QUOTA \"\" (STORAGE 1 2)"}) {
    CAPTURE(data);
    const auto got = play({}, [&](const exchange::command_seen& c) -> std::optional<exchange::action> {
      if (c.name == "AUTHENTICATE" || c.name == "CAPABILITY") return std::nullopt;
      return say_before(data + "\r\n");
    });
    CHECK(got.said == undisturbed.said);
    CHECK(got.held == undisturbed.held);
  }
}

TEST_CASE("OIMAP-V0036 OIMAP-V0037 OIMAP-V0038 without the codes of SELECT that are not needed nothing changes") {
  const auto undisturbed = play({}, nullptr);
  for (const std::vector<std::string>& omitted : {std::vector<std::string>{"UNSEEN"},
                                                  {"PERMANENTFLAGS"},
                                                  {"UIDNEXT"},
                                                  {"READ-WRITE"},
                                                  {"UNSEEN", "PERMANENTFLAGS", "UIDNEXT", "READ-WRITE", "READ-ONLY"}}) {
    CAPTURE(omitted.front());
    CHECK(play(omitted, nullptr) == undisturbed);
  }
}

TEST_CASE("OIMAP-V0037 without UIDVALIDITY a folder is reported and nothing of it is kept") {
  whole_run run;
  run.options.behaves.omitted_codes = {"UIDVALIDITY"};
  run.start();
  const auto report = run.sync();
  REQUIRE_MESSAGE(report, report.error().message());
  CHECK(report->folders.size() >= 4);
  for (const auto& f : report->folders) {
    CAPTURE(f.name);
    REQUIRE(f.failure);
    CHECK(f.failure->code == errc::unsupported_mailbox);
  }
  // The listing was on its way before it could be known that there is no UIDVALIDITY; nothing comes of it.
  for (const auto& line : run.server->log().lines()) CHECK(line.find("BODY") == std::string::npos);
  CHECK(run.held().find("  ") == std::string::npos);
}

TEST_CASE("OIMAP-V0011 a connection that cannot go on is closed without LOGOUT") {
  struct row {
    std::string name;
    exchange::action what;
    std::vector<errc> codes;
  };
  exchange::action endless;
  endless.instead = "* OK " + std::string(3 << 20, 'x') + "\r\n";
  exchange::action foreign;
  foreign.instead = "zzzz OK done\r\nzzzz OK done\r\n";
  exchange::action cut;
  cut.close_after = 40;
  exchange::action silence;
  silence.stall = true;
  const row rows[] = {{"a line without end", endless, {errc::limit_exceeded}},
                      {"a tag nobody used", foreign, {errc::unexpected_response, errc::malformed_response}},
                      {"cut off", cut, {errc::connection_lost}},
                      {"silence", silence, {errc::timed_out}}};
  for (const auto& r : rows) {
    CAPTURE(r.name);
    whole_run run;
    run.config.timeout = std::chrono::seconds(2);
    run.options.hooks.on_command = [&](const exchange::command_seen& c) -> std::optional<exchange::action> {
      if (c.name == "UID FETCH" && c.mailbox == "INBOX") return r.what;
      return std::nullopt;
    };
    run.start();
    const auto report = run.sync();
    REQUIRE_MESSAGE(report, report.error().message());
    REQUIRE(report->failure);
    CAPTURE(report->failure->message());
    CHECK(std::count(r.codes.begin(), r.codes.end(), report->failure->code) == 1);
    CHECK(run.server->log().count("LOGOUT") == 0);
    for (const auto& [who, line] : run.trace.lines) {
      if (who == 'C') CHECK_FALSE(line.ends_with("LOGOUT"));
    }
  }
}

TEST_CASE("OIMAP-V0060 sets are written as ranges, and gaps in the UIDs are expected") {
  whole_run run;
  run.start();
  for (const std::uint32_t uid : {2U, 3U, 7U, 11U}) run.server->store().expunge("INBOX", uid);
  const auto report = run.sync();
  REQUIRE_MESSAGE(report, report.error().message());
  if (report->failure) FAIL_CHECK(report->failure->message());
  const auto held = run.held();
  const auto inbox = held.substr(held.find("INBOX\n"));
  std::string uids;
  std::istringstream lines(inbox);
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line) && line.starts_with("  ")) uids += line.substr(2, line.find(' ', 2) - 1);
  CHECK(uids == "1 4 5 6 8 9 10 12 ");
  const auto said = run.server->log().lines();
  const auto ranges = [](const std::string& l) {
    return l.starts_with("UID FETCH ") && l.find("4:6") != std::string::npos;
  };
  CHECK(std::count_if(said.begin(), said.end(), ranges) > 0);
}
