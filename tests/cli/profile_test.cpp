// outmap profile: the table of rules, the tests behind it, and what became of them.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

#include "cli/bundled_server.hpp"

using namespace outmap::test;

namespace {

using nlohmann::json;

bool says(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

std::vector<json> rules_of(const std::vector<json>& events) {
  std::vector<json> out;
  for (const auto& e : events) {
    if (e["event"] == "rule") out.push_back(e);
  }
  return out;
}

}  // namespace

TEST_CASE("profile prints every rule with its tests or the reason why it has none") {
  const program_home home;
  const auto events = home.events({"profile"});
  const auto rules = rules_of(events);
  REQUIRE(rules.size() == 252);
  std::set<std::string> ids;
  std::size_t ours = 0;
  std::size_t tested = 0;
  for (const auto& rule : rules) {
    CAPTURE(rule["id"]);
    CHECK(ids.insert(rule["id"].get<std::string>()).second);
    if (rule["standing"] == "not_ours") {
      CHECK_FALSE(rule["reason"].get<std::string>().empty());
      continue;
    }
    CHECK(rule["standing"] == "ours");
    CHECK_FALSE(rule.contains("reason"));
    ++ours;
    const auto& tests = rule["tests"];
    if (std::any_of(tests.begin(), tests.end(), [](const json& t) { return t["proves"] == true; })) ++tested;
  }
  const auto& counts = events.back()["counts"];
  CHECK(counts["rules"] == 252);
  CHECK(counts["ours"] == ours);
  CHECK(counts["tested"] == tested);
  CHECK(counts["untested"] == ours - tested);
  CHECK(counts["not_ours"] == 252 - ours);
  CHECK_FALSE(counts.contains("passed"));
  CHECK(rules_of(home.events({"profile", "--untested"})).size() == ours - tested);
}

TEST_CASE("profile shows single rules by id, in any case, and the rules of one document") {
  const program_home home;
  const auto got = home.run({"profile", "oimap-v0055", "NTLM-PB3"});
  CHECK(got.exit_code == 0);
  CHECK(says(got.out, "OIMAP-V0055  FETCH lists\n"));
  CHECK(says(got.out, "[MS-STANOIMAP] 2.2.34\n"));
  CHECK(says(got.out, "  - unit/profile/command_test.cpp: OIMAP-V0055 the FETCH lists are these nine"));
  CHECK(says(got.out, "NTLM-PB3  "));
  CHECK(says(got.out, "2 rules: 2 ours (2 with a test, 0 without), 0 not ours\n"));
  for (const auto& [word, prefix, rows] :
       {std::tuple{"outlook", "OIMAP-", 89}, std::tuple{"exchange", "XIMAP-", 78}, std::tuple{"ntlm", "NTLM-", 85}}) {
    const auto rules = rules_of(home.events({"profile", "--source", word}));
    CHECK(rules.size() == static_cast<std::size_t>(rows));
    for (const auto& rule : rules) CHECK(rule["id"].get<std::string>().starts_with(prefix));
  }
}

TEST_CASE("profile tells the verdicts of the last run") {
  const program_home home;
  const json first = rules_of(home.events({"profile", "OIMAP-V0055"})).at(0)["tests"].at(0);
  const std::string line = first["file"].get<std::string>() + '\t' + first["name"].get<std::string>() + '\n';
  for (const std::string verdict : {"passed", "failed", "skipped"}) {
    home.dir().write("results/test_a.results", "outmap-test-results 1\n" + verdict + '\t' + line);
    const auto events = home.events({"profile", "OIMAP-V0055", "OIMAP-V0056", "--results", "results"});
    const auto rules = rules_of(events);
    CHECK(rules.at(0)["tests"].at(0)["verdict"] == verdict);
    CHECK_FALSE(rules.at(1)["tests"].at(0).contains("verdict"));
    CHECK(events.back()["counts"][verdict] == 1);
    CHECK(events.back()["counts"]["not_run"] == 1);
    const auto text = home.run({"profile", "OIMAP-V0055", "OIMAP-V0056", "--results", "results"});
    CHECK(says(text.out, "  - " + verdict + ": " + first["file"].get<std::string>() + ": "));
    CHECK(says(text.out, "  - not run: "));
    CHECK(says(text.out, "in the last run "));
  }
}

TEST_CASE("profile says what is wrong with its arguments") {
  const program_home home;
  home.dir().write("odd/test_a.results", "\x1b[31m\n");
  home.dir().write("empty/readme", "");
  struct row {
    arguments args;
    const char* what;
  };
  const row rows[] = {
      {{"profile", "OIMAP-V0O55"}, "no rule 'OIMAP-V0O55' (did you mean 'OIMAP-V0055'?)"},
      {{"profile", "--source", "pop3"}, "none of outlook, exchange, ntlm"},
      {{"profile", "--results", "odd"}, "test_a.results: is no file of results"},
  };
  for (const auto& r : rows) {
    const auto got = home.run(r.args);
    CAPTURE(describe(got));
    CHECK(got.exit_code == 2);
    CHECK(says(got.err, r.what));
    CHECK(got.out.empty());
  }
  CHECK(says(home.run({"profile", "--results", "empty"}).err, "no file of results"));
  CHECK(says(home.run({"profile", "--results", "none"}).err, "No such file"));
}
