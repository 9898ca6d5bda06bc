// outmap audit as a process: what it says, and with which code it ends.
#include <doctest/doctest.h>

#include <fstream>
#include <string>

#include "cli/bundled_server.hpp"

using namespace outmap::test;

namespace {

bool says(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

constexpr std::string_view foreign =
    "S: * OK ready\n"
    "C: A1 CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: A1 OK done\n"
    "C: A2 LOGIN anna s3cret-Pa55\nS: A2 OK in\n"
    "C: A3 EXAMINE INBOX\nS: A3 OK done\n";

}  // namespace

TEST_CASE(
    "OIMAP-V0061 the trace of every command against the bundled server passes the audit, run after run in one file") {
  bundled_server s;
  const auto trace = (s.dir() / "trace").string();
  for (const char* mechanism : {"ntlm", "digest-md5", "plain", "login"}) {
    CAPTURE(std::string(mechanism));
    const auto alone = (s.dir() / (std::string("trace-") + mechanism)).string();
    for (const char* command : {"login", "sync", "folders"}) {
      const auto got = s.run(s.on(command, {"--auth", mechanism, "--trace", alone}));
      CAPTURE(describe(got));
      REQUIRE(got.exit_code == 0);
    }
    const auto verdict = s.run({"audit", alone, "--auth", mechanism});
    CAPTURE(describe(verdict));
    CHECK(verdict.exit_code == 0);
    CHECK(says(verdict.out, "on 3 connections"));
    CHECK(says(verdict.out, "0 extensions, 0 violations"));
  }
  REQUIRE(s.run({"probe", "localhost:" + std::to_string(s.server().tls_port()), "--ca-file",
                 (s.dir() / "ca.pem").string(), "--trace", trace})
              .exit_code == 0);
  REQUIRE(s.run(arguments{"login"} + s.account_starttls() + arguments{"--trace", trace}).exit_code == 0);
  REQUIRE(s.run(s.on("sync", {"--trace", trace, "--trace-bodies"})).exit_code == 0);
  const auto verdict = s.run({"audit", trace});
  CAPTURE(describe(verdict));
  CHECK(verdict.exit_code == 0);
}

TEST_CASE("OIMAP-V0034 XIMAP-V0061 the trace of a refused login passes the audit too") {
  bundled_server s;
  s.environment["OUTMAP_PASSWORD"] = "wrong";
  const auto trace = (s.dir() / "trace").string();
  REQUIRE(s.run(s.on("login", {"--trace", trace})).exit_code == 12);
  const auto verdict = s.run({"audit", trace});
  CAPTURE(describe(verdict));
  CHECK(verdict.exit_code == 0);
  CHECK(says(read_file(trace), "AUTHENTICATE"));
}

TEST_CASE("OIMAP-V0040 a foreign session ends with 5; each violation is named with its place, and no secret is") {
  program_home home;
  home.dir().write("foreign.txt", std::string(foreign));
  const auto got = home.run({"audit", "foreign.txt"});
  CAPTURE(describe(got));
  CHECK(got.exit_code == 5);
  CHECK(says(got.out, "foreign.txt:7: OIMAP-V0040: EXAMINE is never used: A3 EXAMINE INBOX\n"));
  CHECK(says(got.out, "foreign.txt:7: OIMAP-V0035: the first command after the login is CAPABILITY"));
  CHECK(says(got.out, "OIMAP-V0040       1  EXAMINE"));
  CHECK(says(got.out, "3 client commands on 1 connection: 0 allowed, 0 extensions, 3 violations\n"));
  const auto all = home.run({"audit", "foreign.txt", "-v"});
  CHECK(says(all.out, "A2 LOGIN <hidden> <hidden>"));
  CHECK_FALSE(says(got.out + got.err + all.out + all.err, "s3cret"));
  CHECK(home.run_by_shell("exec \"$0\" \"$@\" < foreign.txt", {"audit", "-"}).exit_code == 5);
}

TEST_CASE("the JSON of an audit: an event a command, the counts in the result") {
  program_home home;
  home.dir().write("foreign.txt", std::string(foreign));
  const auto events = home.events({"audit", "foreign.txt"});
  REQUIRE(events.size() == 4);
  CHECK(events[2]["event"] == "command");
  CHECK(events[2]["verdict"] == "violation");
  CHECK(events[2]["text"] == "EXAMINE INBOX");
  CHECK(events[2]["findings"][0]["rules"][0] == "OIMAP-V0040");
  CHECK(events[2]["findings"][0]["line"] == 7);
  CHECK(events[3]["event"] == "result");
  CHECK(events[3]["exit_code"] == 5);
  CHECK(events[3]["counts"]["violations"] == 3);
  CHECK(events[3]["counts"]["by_rule"]["OIMAP-V0040"] == 1);
}

TEST_CASE("a rawlog pair is found by either name, and both names are one connection") {
  program_home home;
  home.dir().write("x.in", "1700000000.000002 ab12 CAPABILITY\r\n1700000000.000004 cd34 EXAMINE a\r\n");
  home.dir().write("x.out", "1700000000.000001 * OK hi\r\n1700000000.000003 ab12 OK\r\n1700000000.000005 cd34 BAD\r\n");
  const std::vector<arguments> names = {{"audit", "x.in"}, {"audit", "x.out"}, {"audit", "x.out", "x.in"}};
  for (const auto& args : names) {
    const auto got = home.run(args);
    CAPTURE(describe(got));
    CHECK(got.exit_code == 5);
    CHECK(says(got.out, "x.in:2: OIMAP-V0040"));
    // EXAMINE before the login: seen only with the server's half.
    CHECK(says(got.out, "x.in:2: OIMAP-1.4"));
    CHECK(says(got.out, "2 client commands on 1 connection: 1 allowed"));
    CHECK(got.err.empty());
  }
}

TEST_CASE("OIMAP-V0031 the policy of the account is an option, as for sync") {
  program_home home;
  home.dir().write("t",
                   "# connected to h\nS: * OK\nC: ab12 CAPABILITY\nS: * CAPABILITY IMAP4rev1 AUTH=NTLM\nS: ab12 OK\nC: "
                   "x9x9 LOGIN <secret> \"<secret>\"\nS: x9x9 NO\n");
  CHECK(home.run({"audit", "t"}).exit_code == 5);
  CHECK(home.run({"audit", "t", "--auth", "login"}).exit_code == 5);
  CHECK(home.run({"audit", "t", "--auth", "login", "--plaintext", "allowed"}).exit_code == 0);
}

TEST_CASE("what cannot be judged ends with 2") {
  program_home home;
  home.dir().write("letter", "Dear Anna,\n\nhow are you?\n");
  home.dir().write("empty", "");
  for (const auto& args : std::vector<arguments>{{"audit"},
                                                 {"audit", "missing"},
                                                 {"audit", "."},
                                                 {"audit", "letter"},
                                                 {"audit", "empty"},
                                                 {"audit", "letter.in"}}) {
    const auto got = home.run(args);
    CAPTURE(describe(got));
    CHECK(got.exit_code == 2);
    CHECK_FALSE(got.err.empty());
  }
}
