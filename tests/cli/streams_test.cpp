// Standard streams that are closed, broken or in a hurry; signals.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <string>

#include "cli/bundled_server.hpp"

using namespace outmap::test;
namespace exchange = outmap::exchange;
namespace fs = std::filesystem;

namespace {

bool says(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

void fill(bundled_server& s) {
  s.mail().create("Work");
  for (int i = 0; i < 10; ++i) {
    for (const char* folder : {"INBOX", "Work"})
      s.mail().add(folder, "Subject: " + std::to_string(i) + "\r\n\r\n" + folder + "\r\n");
  }
}

int bodies(const bundled_server& s) {
  return s.events({"status", "--cache", s.cache().string()}).back()["counts"]["bodies"].get<int>();
}

}  // namespace

TEST_CASE("closed standard streams: no output lands in the cache, the trace or on the wire") {
  struct row {
    const char* closed;
    int code;
  };
  for (const auto& r : {row{">&-", 2}, row{"2>&-", 0}, row{"<&-", 0}, row{"<&- >&- 2>&-", 2}}) {
    CAPTURE(r.closed);
    bundled_server s;
    fill(s);
    const auto trace = s.dir() / "trace";
    const auto got =
        s.run_by_shell(std::string("exec \"$0\" \"$@\" ") + r.closed, s.on("sync", {"-v", "--trace", trace.string()}));
    CAPTURE(describe(got));
    CHECK(got.exit_code == r.code);
    CHECK(bodies(s) == 20);
    CHECK(s.run(s.on("sync")).exit_code == 0);
    // Only lines of the transcript.
    const auto text = read_file(trace);
    for (std::size_t begin = 0; begin < text.size(); begin = text.find('\n', begin) + 1) {
      const auto start = text.substr(begin, 3);
      CHECK((start == "C: " || start == "S: " || start.starts_with("# ")));
    }
  }
  bundled_server s;
  fill(s);
  CHECK(s.run_by_shell("exec \"$0\" \"$@\" >&-", s.on("sync", {"-q"})).exit_code == 0);
  s.environment.clear();
  const auto file = s.dir().write("pw", std::string(bundled_server::password) + "\n");
  CHECK(s.run_by_shell("exec \"$0\" \"$@\" <&- >&- 2>&-", s.on("sync", {"-q", "--password-command", "cat pw"}))
            .exit_code == 0);
}

TEST_CASE("a reader that goes away does not end a sync") {
  bundled_server s;
  fill(s);
  const auto got =
      s.run_by_shell("{ \"$0\" \"$@\"; echo $? > code; } | true; cat code", s.on("sync", {"--json", "-v"}));
  CAPTURE(describe(got));
  CHECK(got.out == "0\n");
  CHECK(bodies(s) == 20);
}

TEST_CASE("a run that is stopped at any command ends with 130, and the next one completes it") {
  for (std::uint64_t number = 1; number <= 9; ++number) {
    CAPTURE(number);
    bundled_server s;
    fill(s);
    exchange::hooks h;
    h.on_command = [number](const exchange::command_seen& c) {
      exchange::action a;
      a.stall = c.number >= number;
      return a.stall ? std::optional(a) : std::nullopt;
    };
    s.server().set_hooks(h);
    process p(s.with(s.on("sync", {"--json"})));
    bool there = false;
    while (!there && p.running()) {
      const auto all = s.server().log().commands();
      there = std::any_of(all.begin(), all.end(), [&](const auto& c) { return c.number >= number; });
    }
    REQUIRE(there);
    p.send_signal(SIGTERM);
    const auto got = p.wait();
    CAPTURE(describe(got));
    CHECK(got.exit_code == 130);
    const auto last = parse_events(got.out).back();
    CHECK(last["event"] == "result");
    CHECK(last["exit_code"] == 130);
    s.server().set_hooks({});
    CHECK(s.run(s.on("sync")).exit_code == 0);
    CHECK(bodies(s) == 20);
  }
}

TEST_CASE("a second Ctrl-C ends what the first could not") {
  bundled_server s;
  s.environment.clear();
  const auto pipe = s.dir() / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  // Nobody ever writes to the pipe, and its opening cannot be given up.
  process p(s.with(s.on("login", {"--password-file", pipe.string(), "--trace", "t"})));
  while (p.running() && !fs::exists(s.dir() / "t")) {
  }
  while (p.running()) p.send_signal(SIGINT);
  const auto got = p.wait();
  CAPTURE(describe(got));
  CHECK(got.exit_code == 130);
}

TEST_CASE("accounts that a signal kept from their turn are told of") {
  bundled_server s;
  fill(s);
  s.environment.clear();
  const auto entry = [&](const std::string& name) {
    return "[account." + name + "]\nurl = 'imaps://anna@localhost:" + std::to_string(s.server().tls_port()) +
           "'\nca_file = 'ca.pem'\ncache = '" + name + "'\npassword_command = \"echo " +
           std::string(bundled_server::password) + "\"\n";
  };
  const auto file = s.dir().write("c.toml", entry("a") + entry("b"));
  exchange::hooks h;
  h.on_command = [](const exchange::command_seen& c) {
    exchange::action a;
    a.stall = c.name == "LIST";
    return a.stall ? std::optional(a) : std::nullopt;
  };
  s.server().set_hooks(h);
  process p(s.with({"sync", "--json", "--config", file.string()}));
  REQUIRE(s.server().log().wait_for("LIST"));
  p.send_signal(SIGTERM);
  const auto got = p.wait();
  CAPTURE(describe(got));
  CHECK(got.exit_code == 130);
  CHECK(says(got.err, "interrupted"));
  CHECK(parse_events(got.out).back()["error"]["code"] == "cancelled");
}
