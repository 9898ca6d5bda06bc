// What the client says over whole runs, against servers of both dialects and several ways to log in.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "double/whole_run.hpp"

using namespace outmap;
using test::whole_run;

namespace {

exchange::personality without_mechanisms() {
  auto p = exchange::personality::generic();
  p.mechanisms.clear();
  p.extensions.clear();
  return p;
}

exchange::personality without_imap4rev1() {
  auto p = exchange::personality::exchange_2007();
  p.base_capabilities = {"IMAP4"};
  return p;
}

// Runs that take every way through the client that a sync has; `look` sees each when it is over.
template <class Look>
void each_run(const Look& look) {
  struct row {
    std::string name;
    exchange::personality behaves;
    void (*change)(account_config&);
  };
  const row rows[] = {
      {"generic", exchange::personality::generic(), [](account_config&) {}},
      {"starttls", exchange::personality::generic(), [](account_config& c) { c.tls = tls_mode::starttls; }},
      {"header date", exchange::personality::generic(), [](account_config& c) { c.received = received_date::header; }},
      {"subscribed", exchange::personality::exchange_2010(),
       [](account_config& c) { c.folders = folder_mode::subscribed; }},
      {"root", exchange::personality::exchange_2019(), [](account_config& c) { c.root_folder = "Archive"; }},
      {"plain login", without_mechanisms(), [](account_config&) {}},
      {"imap4", without_imap4rev1(), [](account_config&) {}},
      {"imap4 header date", without_imap4rev1(), [](account_config& c) { c.received = received_date::header; }},
  };
  for (const auto& r : rows) {
    CAPTURE(r.name);
    whole_run run(r.behaves);
    r.change(run.config);
    run.run_twice();
    look(run);
  }
}

// The state of RFC 3501 3 a command needs, as letters: n not authenticated, a authenticated, s selected.
const std::map<std::string, std::string> states_of = {{"CAPABILITY", "nas"}, {"NOOP", "nas"},       {"LOGOUT", "nas"},
                                                      {"STARTTLS", "n"},     {"AUTHENTICATE", "n"}, {"LOGIN", "n"},
                                                      {"SELECT", "as"},      {"LIST", "as"},        {"LSUB", "as"},
                                                      {"STATUS", "as"},      {"UID", "s"},          {"FETCH", "s"}};

struct spoken {
  std::string tag, word, rest;
};

spoken split(const std::string& line) {
  std::istringstream words(line);
  spoken out;
  words >> out.tag >> out.word;
  std::getline(words >> std::ws, out.rest);
  return out;
}

}  // namespace

TEST_CASE(
    "OIMAP-1.4 over whole runs every command keeps to the grammar of RFC 3501 and stands in a state that allows it") {
  each_run([](whole_run& run) {
    CHECK(run.server->log().slips().empty());
    char state = 'n';
    std::map<std::string, std::string> running;
    bool inside = false;  // an AUTHENTICATE, or a literal: the next lines of the client are no commands
    std::size_t commands = 0;
    for (const auto& [who, line] : run.trace.lines) {
      CAPTURE(line);
      if (who == 'n') {
        if (line.starts_with("connected")) state = 'n';
        continue;
      }
      const auto words = split(line);
      if (who == 'C') {
        if (inside) continue;
        ++commands;
        REQUIRE(states_of.contains(words.word));
        // Behind a SELECT that is not answered yet what needs a mailbox may follow (OIMAP-V0026).
        const auto selecting = [](const auto& r) { return r.second == "SELECT"; };
        const char now = std::any_of(running.begin(), running.end(), selecting) ? 's' : state;
        CHECK(states_of.at(words.word).find(now) != std::string::npos);
        CHECK(std::regex_match(words.tag, std::regex("[a-z0-9]{4}")));
        running[words.tag] = words.word;
        inside = words.word == "AUTHENTICATE" || line.ends_with('}');
      } else if (const auto at = running.find(words.tag); at != running.end()) {
        CHECK(words.word == "OK");
        if (at->second == "LOGIN" || at->second == "AUTHENTICATE") state = 'a';
        if (at->second == "SELECT") state = 's';
        inside = false;
        running.erase(at);
      }
    }
    CHECK(commands > 20);
    CHECK(running.empty());
  });
}

TEST_CASE("OIMAP-2.2 what RFC 3501 advises a client to do is done") {
  each_run([](whole_run& run) {
    // 2.2.1: a tag of its own for every command of a connection.
    std::set<std::pair<std::uint64_t, std::string>> tags;
    std::size_t commands = 0;
    std::string before;
    for (const auto& c : run.server->log().commands()) {
      CAPTURE(c.line);
      ++commands;
      tags.emplace(c.connection, c.tag);
      // 6.2.1, 6.2.2: what was known before TLS or before the login is asked again.
      if (before == "STARTTLS" || before == "LOGIN" || before == "AUTHENTICATE") CHECK(c.name == "CAPABILITY");
      // 6.3.10: no STATUS of the mailbox that is selected.
      if (c.name == "STATUS" && !c.mailbox.empty()) {
        CHECK(c.line.find(" " + c.mailbox + " (") == std::string::npos);
        CHECK(c.line.find("\"" + c.mailbox + "\"") == std::string::npos);
      }
      before = c.name;
    }
    CHECK(tags.size() == commands);
    CHECK(commands > 20);
    // 3.4: the answer to LOGOUT is read before the connection is closed.
    std::string logout;
    std::size_t answered = 0;
    for (const auto& [who, line] : run.trace.lines) {
      if (who == 'C' && line.ends_with(" LOGOUT")) logout = line.substr(0, 4);
      if (who == 'S' && !logout.empty() && line.starts_with(logout + " OK")) ++answered;
    }
    CHECK(answered == 2);
  });
}

TEST_CASE("OIMAP-2.2 no capability beside IMAP4rev1 is needed, and words that nobody knows do no harm") {
  auto bare = without_mechanisms();
  bare.starttls = false;
  bare.login_disabled_plain = false;
  auto crowded = exchange::personality::generic();
  crowded.extensions = {"X-FUTURE",  "IMAP5rev9", "AUTH=",   "AUTH=X-UNKNOWN", "=",
                        "SEARCHRES", "ID",        "UIDPLUS", "CONDSTORE",      "QRESYNC"};
  std::string first;
  for (const auto& behaves : {bare, crowded}) {
    whole_run run(behaves);
    run.run_twice();
    if (first.empty()) first = run.held();
    CHECK(run.held() == first);
    CHECK(run.held().find("INBOX\n  1 ") != std::string::npos);
  }
}

TEST_CASE("OIMAP-V0040 OIMAP-V0049 OIMAP-V0051 OIMAP-V0055 whole runs say only what the profile holds") {
  const std::string box = R"RE(("(\\.|[^"\\])*"|[^ "(){%*]+|\{\d+\}))RE";
  const std::string set = R"([\d,:*]+)";
  const std::regex common(
      "CAPABILITY|NOOP|LOGOUT|STARTTLS|AUTHENTICATE (NTLM|DIGEST-MD5|PLAIN)|LOGIN .*|(LIST|LSUB) \"\" .+|SELECT " +
      box + "|STATUS " + box + R"( \(UNSEEN\)|UID FETCH )" + set + R"( \((UID|UID FLAGS)\))");
  const std::regex rev1("UID FETCH " + set +
                        R"( \(UID FLAGS (RFC822\.SIZE BODY\.PEEK\[HEADER\]( INTERNALDATE)?|BODY\.PEEK\[\])\))");
  const std::regex imap4("UID FETCH " + set +
                         R"( \(UID FLAGS (RFC822\.SIZE RFC822\.HEADER( INTERNALDATE)?|RFC822|RFC822\.PEEK)\))");
  each_run([&](whole_run& run) {
    const bool old =
        run.options.behaves.base_capabilities.size() == 1 && run.options.behaves.base_capabilities[0] == "IMAP4";
    std::size_t of_dialect = 0;
    for (const auto& line : run.server->log().lines()) {
      CAPTURE(line);
      const bool matched = std::regex_match(line, old ? imap4 : rev1);
      of_dialect += matched ? 1 : 0;
      CHECK((matched || std::regex_match(line, common)));
    }
    CHECK(of_dialect > 0);
  });
}

TEST_CASE("OIMAP-V0050 the next SELECT and LOGOUT follow without CLOSE, and what is marked as deleted stays") {
  each_run([](whole_run& run) {
    const auto& log = run.server->log();
    CHECK(log.count("SELECT") >= 4);
    CHECK(log.count("LOGOUT") == 2);
    for (const char* const never : {"CLOSE", "EXPUNGE", "UNSELECT", "EXAMINE"}) CHECK(log.count(never) == 0);
    std::size_t deleted = 0;
    for (const auto& m : run.server->store().messages("Archive")) {
      deleted += m.flags.to_string().find("\\Deleted") != std::string::npos ? 1U : 0U;
    }
    CHECK(deleted > 0);
    CHECK(run.server->store().messages("Archive").size() == 12);
  });
}

TEST_CASE("OIMAP-V0002 UIDNEXT absent, right, too small and too large make the same conversation and the same cache") {
  struct row {
    std::string name;
    std::vector<std::string> omitted;
    std::string added;
  };
  const row rows[] = {{"right", {}, {}},
                      {"absent", {"UIDNEXT"}, {}},
                      {"too small", {"UIDNEXT"}, "* OK [UIDNEXT 1] next\r\n"},
                      {"too large", {"UIDNEXT"}, "* OK [UIDNEXT 4294967295] next\r\n"},
                      {"no number", {"UIDNEXT"}, "* OK [UIDNEXT soon] next\r\n"}};
  std::vector<std::string> said;
  std::string held;
  for (const auto& r : rows) {
    CAPTURE(r.name);
    whole_run run;
    run.options.behaves.omitted_codes = r.omitted;
    run.options.hooks.on_command = [&](const exchange::command_seen& c) -> std::optional<exchange::action> {
      if (c.name != "SELECT" || r.added.empty()) return std::nullopt;
      exchange::action a;
      a.before = r.added;
      return a;
    };
    run.run_twice();
    if (said.empty()) {
      said = run.server->log().lines();
      held = run.held();
    }
    CHECK(run.server->log().lines() == said);
    CHECK(run.held() == held);
  }
}

TEST_CASE("OIMAP-V0057 a copy has the date and the flags that the server gave it, and nothing is done about them") {
  std::string held;
  for (const bool recent : {true, false}) {
    CAPTURE(recent);
    whole_run run;
    run.start();
    // As a server leaves it that forgets the internal date of what it copies.
    auto copy = run.server->store().messages("INBOX").front();
    const auto original = copy.date;
    copy.date = {86400, 0};
    copy.recent = recent;
    const auto uid = run.server->store().add("Archive", copy);
    const auto report = run.sync();
    REQUIRE_MESSAGE(report, report.error().message());
    CHECK_FALSE(report->failure);

    std::map<std::string, std::map<std::uint32_t, stored_message>> kept;
    auto opened = store::open(run.config.cache);
    REQUIRE(opened);
    for (const char* const name : {"INBOX", "Archive"}) {
      const auto folder = opened->folder(name);
      REQUIRE(folder);
      REQUIRE(opened->messages(folder->mailbox, [&](const stored_message& m) {
        kept[name][m.uid.value] = m;
        return true;
      }));
    }
    const auto& kept_copy = kept["Archive"][uid];
    CHECK(kept_copy.date->unix_seconds == 86400);
    CHECK(kept["INBOX"][1].date->unix_seconds == original.unix_seconds);
    CHECK(kept_copy.body_digest == kept["INBOX"][1].body_digest);
    CHECK(kept_copy.flags.to_string() == copy.flags.to_string());
    if (held.empty()) held = run.held();
    CHECK(run.held() == held);
    for (const char* const never : {"UID STORE", "STORE", "APPEND", "UID COPY", "COPY"}) {
      CHECK(run.server->log().count(never) == 0);
    }
  }
}
