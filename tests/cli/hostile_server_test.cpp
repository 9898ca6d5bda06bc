// Servers that lie, babble and send what a terminal should not see.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "cli/bundled_server.hpp"

using namespace outmap::test;
namespace exchange = outmap::exchange;
namespace fs = std::filesystem;

namespace {

bool says(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

// No control character but line ends, no C1, no bidirectional override: nothing that steers a terminal.
bool harmless(const std::string& text) {
  const bool controls = std::any_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == '\x7f';
  });
  return !controls && !says(text, "\xc2\x9b") && !says(text, "\xe2\x80\xae");
}

exchange::hooks answering(std::string name, std::string before) {
  exchange::hooks h;
  h.on_command = [name = std::move(name), before = std::move(before)](const exchange::command_seen& c) {
    exchange::action a;
    a.before = before;
    return c.name == name ? std::optional(a) : std::nullopt;
  };
  return h;
}

}  // namespace

TEST_CASE("names, subjects and server texts with escape sequences reach no terminal") {
  bundled_server s;
  s.mail().create(
      "evil \x1b]0;owned\x07 \xe2\x80\xae"
      "txt");
  s.mail().add("INBOX",
               "From: \x1b[31mx\xc2\x9b"
               "2J\r\nSubject: \x1b[2J\xe2\x80\xae\xff\r\n\r\n\x1b[3J\x08\r\n");
  s.options.hooks = answering("LIST",
                              "* OK [ALERT] \x1b[5m \xc2\x9b"
                              "0m\r\n"
                              "* LIST () \"/\" \"raw \x1b[2J\"\r\n");
  s.server().set_hooks(s.options.hooks);
  const auto out = (s.dir() / "out").string();
  for (const arguments& args :
       {s.on("folders", {"-v", "-v"}), s.on("sync", {"-v", "-v"}), s.on("status"), s.on("list", {"INBOX"}),
        s.on("show", {"INBOX", "1"}), s.on("list", {"\x1b[2J\xff"}), s.on("sync", {"--folder", "\x1b[2J\xff"}),
        s.on("export", {"--format", "eml", "--to", out, "-v"}), s.on("folders", {"--json"}),
        s.on("list", {"INBOX", "--trace", "\x1b[2J\xff/x"})}) {
    const auto got = s.run(args);
    CAPTURE(describe(got));
    CHECK(harmless(got.err));
    if (args.back() == "--json") {
      CHECK_FALSE(says(got.out, "\x1b"));
      CHECK(parse_events(got.out).back()["event"] == "result");
    } else {
      CHECK(harmless(got.out));
    }
  }
  for (const auto& e : fs::recursive_directory_iterator(out)) CHECK(harmless(e.path().filename().string()));
}

TEST_CASE("malformed lines are stepped over, said with -v, and cost no message") {
  bundled_server s;
  s.mail().add("INBOX", "Subject: x\r\n\r\ny\r\n");
  s.options.hooks = answering("UID FETCH", "* 1 FETCH (UID \r\n* \r\n* 99999999999 EXISTS\r\n* LIST (((\r\n");
  s.server().set_hooks(s.options.hooks);
  const auto got = s.run(s.on("sync"));
  CAPTURE(describe(got));
  CHECK(got.exit_code == 0);
  CHECK(says(got.err, "of the server stepped over; -v shows them"));
  const auto events = s.events(s.on("sync", {"-v"}));
  CHECK(std::any_of(events.begin(), events.end(), [](const auto& e) { return e["event"] == "warning"; }));
  CHECK(s.events({"status", "--cache", s.cache().string()}).back()["counts"]["bodies"] == 1);
}

TEST_CASE("a line without end, and literals without end, end with 14 and leave a good cache") {
  bundled_server s;
  s.mail().add("INBOX", "Subject: x\r\n\r\ny\r\n");
  REQUIRE(s.run(s.on("sync")).exit_code == 0);
  const std::string octets = std::string(3 << 20, 'A');
  for (const std::string& answer : {"* OK " + octets + "\r\n", std::string("* LIST () \"/\" {4294967296}\r\n") + octets,
                                    std::string("* LIST () \"/\" {99999999999999999999999}\r\n"),
                                    "* CAPABILITY " + std::string(200'000, '(') + "\r\n"}) {
    s.server().set_hooks(answering("LIST", answer));
    const auto got = s.run(s.on("sync", {"--json", "--timeout", "5"}));
    CAPTURE(got.err);
    CAPTURE(answer.substr(0, 40));
    CHECK((got.exit_code == 14 || got.exit_code == 0));
    CHECK(got.err.size() < 4000);
    CHECK(parse_events(got.out).back()["event"] == "result");
    CHECK(s.events({"status", "--cache", s.cache().string()}).back()["counts"]["bodies"] == 1);
  }
  s.server().set_hooks({});
  CHECK(s.run(s.on("sync")).exit_code == 0);
}

TEST_CASE("a server that hangs up at any command ends with 10, in time and with advice") {
  for (const char* name : {"CAPABILITY", "LIST", "SELECT", "UID FETCH"}) {
    bundled_server s;
    s.mail().add("INBOX", "Subject: x\r\n\r\ny\r\n");
    s.options.hooks.on_command = [name](const exchange::command_seen& c) {
      exchange::action a;
      a.instead = "";
      a.close = true;
      return c.name == name ? std::optional(a) : std::nullopt;
    };
    s.server().set_hooks(s.options.hooks);
    const auto got = s.run(s.on("sync", {"--json"}));
    CAPTURE(name);
    CAPTURE(describe(got));
    CHECK(got.exit_code == 10);
    CHECK(parse_events(got.out).back()["exit_code"] == 10);
    CHECK_FALSE(parse_events(got.out).back()["error"]["advice"].get<std::string>().empty());
    s.server().set_hooks({});
    CHECK(s.run(s.on("sync")).exit_code == 0);
  }
}

TEST_CASE("patterns that choose no folder are no success") {
  bundled_server s;
  s.mail().add("INBOX", "Subject: x\r\n\r\ny\r\n");
  const auto none = s.run(s.on("sync", {"--folder", "INBXO"}));
  CAPTURE(describe(none));
  CHECK(none.exit_code == 2);
  CHECK(says(none.err, "no folder matches"));
  CHECK(says(none.err, "outmap folders"));
  CHECK(s.run(s.on("sync", {"--folder", "INBXO", "--folder", "INBOX"})).exit_code == 0);
  CHECK(s.run(s.on("sync", {"--exclude", "*"})).exit_code == 0);
  for (const char* command : {"sync", "export"}) {
    for (const char* option : {"--folder", "--exclude"}) {
      const auto empty = s.run(arguments{command, option, "", "--to", "x", "--format", "eml"});
      CHECK(empty.exit_code == 2);
    }
  }
  CHECK(says(s.run(s.on("sync", {"--folder", ""})).err, "--folder: the pattern is empty"));
  const auto out =
      s.run({"export", "--format", "eml", "--to", "out", "--folder", "Nothing", "--cache", s.cache().string()});
  CHECK(out.exit_code == 2);
  CHECK(says(out.err, "no folder of the cache matches"));
}
