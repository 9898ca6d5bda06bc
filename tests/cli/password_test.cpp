// Where passwords come from when those places are bad.
#include <doctest/doctest.h>

#include <string>

#include "cli/bundled_server.hpp"

using namespace outmap::test;

namespace {

const std::string password(bundled_server::password);

bool says(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

}  // namespace

TEST_CASE("a password command that fails, floods or gives no password ends with 2 and says so, in JSON too") {
  bundled_server s;
  s.environment.clear();
  struct row {
    const char* command;
    const char* words;
  };
  for (const auto& r :
       {row{"exit 3", "exit code 3"}, row{"echo no such entry >&2; exit 1", "it said: no such entry"},
        row{"printf '\\033[2Jred' >&2; exit 1", "it said: \\x1b[2Jred"}, row{"kill -9 $$", "signal 9"},
        row{"no-such-program-here", "exit code 127"}, row{"true", "empty password"}, row{"echo", "empty password"},
        row{"printf 'a\\000b\\n'", "NUL"}, row{"head -c 1000000 /dev/zero | tr '\\0' x", "over 65536 octets"},
        row{"head -c 300000 /dev/zero | tr '\\0' x >&2; exit 1", "exit code 1"}}) {
    const auto args = s.on("login", {"--password-command", r.command});
    const auto got = s.run(args);
    CAPTURE(describe(got));
    CHECK(got.exit_code == 2);
    CHECK(says(got.err, r.words));
    CHECK(got.err.size() < 4000);
    CHECK_FALSE(says(got.err, "\x1b"));
    const auto last = s.events(args).back();
    CHECK(last["exit_code"] == 2);
    CHECK(last["error"]["code"] == "credentials_missing");
  }
  CHECK(s.server().log().totals().connections == 0);
}

TEST_CASE("only the first line of a password command counts, whatever follows and whoever stays behind") {
  bundled_server s;
  s.environment.clear();
  for (const std::string& command :
       {"echo " + password + "; yes | head -c 500000", "printf '" + password + "\\r\\nsecond'",
        "echo " + password + "; sleep 1000 &", "printf '" + password + "'"}) {
    const auto got = s.run(s.on("login", {"--password-command", command}));
    CAPTURE(describe(got));
    CHECK(got.exit_code == 0);
  }
}

TEST_CASE("a failing password command that shows what it does does not show the password") {
  bundled_server s;
  s.environment.clear();
  const auto file = s.dir().write("pw", password);
  const auto got = s.run(s.on("login", {"-v", "--password-command", "set -x; p=$(cat pw); echo \"$p\"; exit 1"}));
  CAPTURE(describe(got));
  CHECK(got.exit_code == 2);
  CHECK(says(got.err, "<secret>"));
  CHECK_FALSE(says(got.err + got.out, password));
}

TEST_CASE("a password command sees neither the password of the environment nor signals that are ignored") {
  bundled_server s;
  const auto got = s.run(s.on("login", {"--trace", "trace", "--password-command",
                                        "env > env.txt; grep -E '^Sig(Blk|Ign)' /proc/self/status > signals.txt; "
                                        "ls -l /proc/self/fd > fds.txt; echo " +
                                            password}));
  CAPTURE(describe(got));
  CHECK(got.exit_code == 0);
  CHECK_FALSE(says(read_file(s.dir() / "env.txt"), "OUTMAP_PASSWORD"));
  CHECK_FALSE(says(read_file(s.dir() / "env.txt"), password));
  const auto signals = read_file(s.dir() / "signals.txt");
  CHECK(says(signals, "SigBlk:\t0000000000000000"));
  CHECK(says(signals, "SigIgn:\t0000000000000000"));
  const auto descriptors = read_file(s.dir() / "fds.txt");
  CHECK(says(descriptors, "fds.txt"));
  CHECK_FALSE(says(descriptors, (s.dir() / "trace").string()));
}

TEST_CASE("password files that are bad end with 2; one that others can read is used and told of") {
  bundled_server s;
  s.environment.clear();
  struct row {
    std::string file;
    const char* words;
  };
  const row rows[] = {{"none", "No such file"},
                      {".", "Is a directory"},
                      {s.dir().write("empty", "").string(), "empty password"},
                      {s.dir().write("nul", std::string("a\0b\n", 4)).string(), "NUL"},
                      {s.dir().write("huge", std::string(1 << 20, 'x')).string(), "over 65536 octets"},
                      {"/dev/zero", "over 65536 octets"}};
  for (const auto& r : rows) {
    const auto got = s.run(s.on("login", {"--password-file", r.file}));
    CAPTURE(describe(got));
    CHECK(got.exit_code == 2);
    CHECK(says(got.err, r.words));
  }
  const auto open = s.dir().write("open", password + "\r\nsecond line");
  std::filesystem::permissions(open, std::filesystem::perms(0644));
  const auto got = s.run(s.on("login", {"--password-file", open.string()}));
  CHECK(got.exit_code == 0);
  CHECK(says(got.err, "others can read the password file"));
  std::filesystem::permissions(open, std::filesystem::perms(0600));
  CHECK(s.run(s.on("login", {"--password-file", open.string()})).err.empty());
}
