// What a person gets who mistypes, and a script whose configuration is broken.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <string>

#include "cli/bundled_server.hpp"

using namespace outmap::test;

namespace {

bool says(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

}  // namespace

TEST_CASE("usage errors end with 2, say what and what to do, and write nothing to standard output") {
  const program_home home;
  struct row {
    arguments args;
    const char* what;
  };
  const row rows[] = {
      {{"synk"}, "unknown command 'synk' (did you mean 'sync'?)"},
      {{"sync", "--fodler", "x"}, "unknown option '--fodler' (did you mean '--folder'?)"},
      {{"--verison"}, "unknown option '--verison' (did you mean '--version'?)"},
      {{"sync", "INBOX"}, "the argument 'INBOX' is not expected"},
      {{"--json-ish=top-secret", "sync"}, "unknown option '--json-ish'"},
      {{"sync", "--timeout", "abc"}, "--timeout: must be a number"},
      {{"sync", "--timeout=hunter2"}, "--timeout: must be a number"},
      {{"sync", "--timeout", "nan"}, "from 0.1 to 86400"},
      {{"sync", "--timeout", "1e999"}, "from 0.1 to 86400"},
      {{"login", "-phunter2"}, "unknown option '-p'"},
      {{"login", "--passwrod=hunter2"}, "unknown option '--passwrod'"},
      {{"sync", "--json=hunter2"}, "--json takes no value"},
      {{"--quiet=hunter2", "sync"}, "--quiet takes no value"},
      {{"sync", "\xff\xfe\x1b[2J"}, "the argument '\\xff\\xfe\\x1b[2J' is not expected"},
      {{"\xff\x1b[2J"}, "unknown command '\\xff\\x1b[2J'"},
      {{"sync", "--config", "\xff\x1b"}, "\\xff\\x1b: No such file"},
      {{"sync", "--url", "imaps://\xff\x1b@\xff"}, "control character"},
      {{"sync", "--config", "/dev/zero"}, "over 1048576 octets"},
      {{"sync", "--config", "/"}, "Is a directory"},
      {{"sync", "--timeout", "0"}, "from 0.1 to 86400"},
      {{"sync", "--auth", "ntlm,palin"}, "(did you mean 'plain'?)"},
      {{"sync", "--progress", "bar"}, "none of auto, plain, none"},
      {{"sync", "--cache", ""}, "the value is empty"},
      {{"sync", "--trace-bodies", "--url", "imaps://a@b"}, "--trace-bodies needs --trace"},
      {{"sync"}, "no account: give --url"},
      {{"sync", "--url", "http://x"}, "must start with imaps://"},
      {{"sync", "--url", "imaps://a:hunter2@b"}, "a password may not stand in it"},
      {{"sync", "--url", "imaps://a@b", "--account", "x"}, "exclude each other"},
      {{"login", "--url", "imaps://localhost"}, "no user name"},
      {{"login", "--url", "imaps://a@localhost"}, "no password for a@localhost"},
      {{"login", "--url", "imaps://a@b", "--fingerprint", "abc"}, "64 hexadecimal digits"},
      {{"login", "--url", "imaps://a@b", "--password-file", "none"}, "none: No such file"},
      {{"probe", "bad host"}, "no host name"},
      {{"probe", "x:99999"}, "port"},
      {{"list"}, "FOLDER is required"},
      {{"list", "INBOX", "--limit", "0", "--cache", "x"}, "from 1 to 4294967295"},
      {{"list", "INBOX", "--limit", "-1", "--cache", "x"}, "from 1 to 4294967295"},
      {{"list", "INBOX", "--limit", "99999999999999999999999", "--cache", "x"}, "from 1 to 4294967295"},
      {{"show", "INBOX", "++1", "--cache", "x"}, "from 1 to 9223372036854775807"},
      {{"show", "INBOX", "-1", "--cache", "x"}, "from 1 to 4294967295"},
      {{"show", "INBOX", "0", "--cache", "x"}, "from 1 to 4294967295"},
      {{"show", "INBOX", "4294967296", "--cache", "x"}, "from 1 to 4294967295"},
      {{"show", "INBOX", "1", "--cache", "x", "--raw", "--json"}, "exclude each other"},
      {{"list", "INBOX", "--cache", "none.outmap"}, "none.outmap"},
      {{"fetch", "INBOX", "0", "--cache", "x"}, "must be UIDs"},
      {{"fetch", "INBOX", "9:3", "--cache", "x"}, "must be UIDs"},
      {{"fetch", "INBOX", "1,,2", "--cache", "x"}, "must be UIDs"},
      {{"sync", "--max-delete", "0%"}, "1% to 100%"},
      {{"sync", "--max-delete", "many"}, "1% to 100%"},
      {{"sync", "--keep-expunged", "0"}, "forever, none, or a number of days"},
      {{"sync", "--bodies", "some"}, "neither all nor none"},
      {{"export", "--to", "x", "--cache", "x"}, "--format is required"},
      {{"export", "--to", "x", "--cache", "x", "--format", "mbx"}, "(did you mean 'mbox'?)"},
      {{"help", "synk"}, "(did you mean 'sync'?)"},
      {{"search", "frm:anna", "--cache", "x"}, "(did you mean 'from'?)"},
      {{"search", "is:unred", "--cache", "x"}, "(did you mean 'unread'?)"},
      {{"search", "invoice", "-has:atachment", "--cache", "x"}, "(did you mean 'attachment'?)"},
  };
  for (const auto& r : rows) {
    const auto got = home.run(r.args);
    CAPTURE(describe(got));
    CAPTURE(r.what);
    CHECK(got.exit_code == 2);
    CHECK(got.err.starts_with("outmap: "));
    CHECK(says(got.err, r.what));
    CHECK_FALSE(says(got.err, "top-secret"));
    CHECK_FALSE(says(got.err, "hunter2"));
    if (!says(r.what, "exclude each other")) CHECK(got.out.empty());
  }
}

TEST_CASE("a password argument is refused and not repeated, in JSON too") {
  const program_home home;
  for (const arguments& args :
       {arguments{"login", "--password", "hunter2"}, arguments{"--password=hunter2", "login"}}) {
    const auto got = home.run(args + arguments{"--json"});
    CHECK(got.exit_code == 2);
    CHECK(says(got.err, "never an argument"));
    CHECK(says(got.err, "--password-command"));
    CHECK_FALSE(says(got.err + got.out, "hunter2"));
    const auto last = parse_events(got.out).back();
    CHECK(last["event"] == "result");
    CHECK(last["exit_code"] == 2);
    CHECK(last["error"]["code"] == "invalid_argument");
  }
}

TEST_CASE("--json gives a result line also for a usage error") {
  const program_home home;
  const auto events = home.events({"sync", "--nonsense"});
  CHECK(events.size() == 1);
  CHECK(events.back()["event"] == "result");
  CHECK(events.back()["command"] == "sync");
  CHECK(events.back()["exit_code"] == 2);
  CHECK(events.back()["error"]["advice"].get<std::string>().find("outmap help sync") != std::string::npos);
}

TEST_CASE("help and version") {
  const program_home home;
  for (const arguments& args : {arguments{"help"}, arguments{"--help"}, arguments{"-h"}}) {
    const auto got = home.run(args);
    CHECK(got.exit_code == 0);
    for (const char* command : {"probe", "login", "folders", "sync", "fetch", "status", "list", "show", "export"})
      CHECK(says(got.out, command));
  }
  for (const char* command : {"probe", "login", "folders", "sync", "fetch", "status", "list", "show", "export"}) {
    const auto got = home.run({"help", command});
    CHECK(got.exit_code == 0);
    CHECK(says(got.out, std::string("outmap ") + command));
    CHECK(says(got.out, "Examples:"));
    CHECK(home.run({command, "--help"}).out == got.out);
  }
  CHECK(home.run({"--version"}).out.starts_with("outmap 0."));
  const auto codes = home.run({"help", "exit-codes"});
  CHECK(codes.exit_code == 0);
  for (const char* code : {"   0  ", "   1  ", "   2  ", "   3  ", "  10  ", "  11  ", "  12  ", "  14  ", "  21  ",
                           "  22  ", "  23  ", " 130  "})
    CHECK(says(codes.out, code));
  CHECK(home.events({"help", "exit-codes"}).size() == 18);
  CHECK(home.run({}).exit_code == 2);
}

TEST_CASE("options may stand before the command, and the last value wins") {
  const program_home home;
  const auto got =
      home.run({"--cache", "first.outmap", "list", "sync", "--cache", "second.outmap", "--cache", "third.outmap"});
  CHECK(got.exit_code == 2);
  CHECK(says(got.err, "third.outmap"));
}

TEST_CASE("an invalid configuration is told with file, line and column") {
  const program_home home;
  const auto file = home.dir().write("bad.toml", "[account.a]\nurl = 'imaps://a@b'\ntimeuot = 3\n");
  const auto got = home.run({"sync", "--config", file.string()});
  CHECK(got.exit_code == 2);
  CHECK(says(got.err, file.string() + ":3:1: unknown key 'timeuot' (did you mean 'timeout'?)"));
  const auto broken =
      home.run({"sync", "--config", home.dir().write("broken.toml", "[account.a]\nurl = \"x\n").string()});
  CHECK(broken.exit_code == 2);
  CHECK(says(broken.err, "broken.toml:2:"));
  CHECK(home.run({"sync", "--config", "nowhere.toml"}).exit_code == 2);
  const auto hostile =
      home.run({"sync", "--config", home.dir().write("hostile.toml", "[account.a]\n\"\\u001b[2J\" = 1\n").string()});
  CHECK(hostile.exit_code == 2);
  CHECK_FALSE(says(hostile.err, "\x1b"));
}

TEST_CASE("a configuration that is nested without end, or not text, is refused and not followed") {
  const program_home home;
  const auto check = [&](const std::string& content, const std::string& words) {
    const auto got = home.run({"sync", "--config", home.dir().write("deep.toml", content).string()});
    CAPTURE(describe(got));
    CHECK(got.exit_code == 2);
    CHECK(says(got.err, words));
    CHECK(got.err.size() < 4000);
  };
  std::string dotted;
  for (int i = 0; i < 200'000; ++i) dotted += "a.";
  check(dotted + "a = 1\n", "deep.toml:1:130: a key has too many dots");
  check("\n[" + dotted + "a]\n", "deep.toml:2:131: a key has too many dots");
  check("x = { " + dotted + "a = 1 }\n", "deep.toml:1:");
  check("x = " + std::string(100'000, '[') + "\n", "deep.toml:1:");
  check("[account.a]\nurl = \"imaps://a@b\xff\"\n", "deep.toml:2:");
  check(std::string("[account.a]\nurl = \"imaps://a@b\0\"\n", 33), "deep.toml:2:");
  check(std::string(2'000'000, '#'), "over 1048576 octets");
}

TEST_CASE("option values as long as the system allows are taken or refused, not repeated at length") {
  const program_home home;
  const std::string huge(100'000, 'x');
  for (const arguments& args :
       {arguments{"sync", "--url", huge}, arguments{"sync", "--url", "imaps://a@" + huge},
        arguments{"sync", "--config", huge}, arguments{"status", "--cache", huge}, arguments{"sync", "--account", huge},
        arguments{"login", "--url", "imaps://a@b", "--fingerprint", huge}, arguments{"sync", "--auth", huge},
        arguments{"sync", "--progress", huge}, arguments{"list", huge, "--cache", "none"}, arguments{huge},
        arguments{"sync", huge}, arguments{"sync", "--" + huge}, arguments{"help", huge},
        arguments{"login", "--url", "imaps://a@b", "--password-file", huge},
        arguments{"export", "--format", huge, "--to", "x", "--cache", "x"}}) {
    const auto got = home.run(args);
    CAPTURE(args.front().substr(0, 20));
    CAPTURE(got.err.substr(0, 200));
    CHECK(got.exit_code == 2);
    CHECK(got.err.size() < 20'000);
    CHECK(home.events(args).back()["exit_code"] == 2);
  }
}

TEST_CASE("the default configuration file is found in the XDG folder and in the home folder") {
  program_home home;
  home.dir().write(".config/outmap/outmap.toml", "[account.a]\nzzz = 1\n");
  CHECK(says(home.run({"sync"}).err, ".config/outmap/outmap.toml:2:1:"));
  home.environment["XDG_CONFIG_HOME"] = (home.dir() / "xdg").string();
  home.dir().write("xdg/outmap/outmap.toml", "[account.a]\nyyy = 1\n");
  CHECK(says(home.run({"sync"}).err, "xdg/outmap/outmap.toml:2:1: unknown key 'yyy'"));
}

TEST_CASE("a reader that goes away is no error") {
  const program_home home;
  auto c = home.with({});
  c.argv = {"sh", "-c", std::string("exec 2>&1; \"") + OUTMAP_PROGRAM + "\" help exit-codes | true; echo done"};
  const auto got = run(c);
  CHECK(got.out == "done\n");
  c.argv = {"sh", "-c", std::string("\"") + OUTMAP_PROGRAM + "\" help exit-codes > /dev/full"};
  const auto full = run(c);
  CHECK(full.exit_code == 3);
  CHECK(says(full.err, "the disk is full"));
}
