// Signals, and two runs at once.
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <string>

#include "cli/bundled_server.hpp"

using namespace outmap::test;
namespace exchange = outmap::exchange;

namespace {

bool says(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

// The server answers all but the text of messages in the folder "Slow".
exchange::hooks stall_in_slow() {
  exchange::hooks h;
  h.on_command = [](const exchange::command_seen& c) {
    exchange::action a;
    a.stall = c.name == "UID FETCH" && c.mailbox == "Slow" && c.line.find("BODY") != std::string::npos;
    return a.stall ? std::optional(a) : std::nullopt;
  };
  return h;
}

void fill(bundled_server& s) {
  s.mail().create("Slow");
  for (int i = 0; i < 20; ++i) {
    s.mail().add("INBOX", "Subject: in " + std::to_string(i) + "\r\n\r\nx\r\n");
    s.mail().add("Slow", "Subject: slow " + std::to_string(i) + "\r\n\r\nx\r\n");
  }
}

bool reaches_slow(bundled_server& s) {
  for (std::size_t seen = 1; s.server().log().wait_for("UID FETCH", seen); ++seen) {
    const auto all = s.server().log().commands();
    if (std::any_of(all.begin(), all.end(),
                    [](const auto& c) { return c.mailbox == "Slow" && c.line.find("BODY") != std::string::npos; }))
      return true;
  }
  return false;
}

// The other folder is stored, as far as another process can see.
bool holds(bundled_server& s, const arguments& status, int bodies) {
  for (int asked = 0; asked < 1000; ++asked) {
    const auto shown = s.events(status);
    if (!shown.empty() && shown.back().contains("counts") && shown.back()["counts"]["bodies"].get<int>() >= bodies)
      return true;
  }
  return false;
}

}  // namespace

TEST_CASE("a sync that is interrupted ends with 130, and the next one completes it") {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    bundled_server s;
    fill(s);
    s.server().set_hooks(stall_in_slow());
    process p(s.with(s.on("sync", {"--json"})));
    REQUIRE(reaches_slow(s));
    const arguments status = {"status", "--cache", s.cache().string()};
    REQUIRE(holds(s, status, 20));
    p.send_signal(number);
    const auto got = p.wait();
    CAPTURE(describe(got));
    CHECK(got.exit_code == 130);
    const auto last = parse_events(got.out).back();
    CHECK(last["event"] == "result");
    CHECK(last["exit_code"] == 130);
    CHECK(last["error"]["code"] == "cancelled");
    CHECK(s.events(status).back()["counts"]["bodies"].get<int>() >= 20);
    s.server().set_hooks({});
    s.server().log().reset();
    CHECK(s.run(s.on("sync")).exit_code == 0);
    CHECK(s.server().log().totals().bodies == 20);
    CHECK(s.events(status).back()["counts"]["bodies"] == 40);
  }
}

TEST_CASE("a second run on the same cache ends with 22 and does not disturb the first") {
  bundled_server s;
  fill(s);
  s.server().set_hooks(stall_in_slow());
  process first(s.with(s.on("sync")));
  REQUIRE(reaches_slow(s));
  const auto second = s.run(s.on("sync"));
  CAPTURE(describe(second));
  CHECK(second.exit_code == 22);
  CHECK(says(second.err, "another run is using the cache"));
  CHECK(first.running());
  // Readers are not kept out.
  CHECK(s.run({"list", "INBOX", "--cache", s.cache().string()}).exit_code == 0);
  first.send_signal(SIGINT);
  CHECK(first.wait().exit_code == 130);
}

TEST_CASE("a password command is interrupted, too") {
  bundled_server s;
  s.environment.clear();
  const auto mark = s.dir() / "mark";
  process p(s.with(
      s.on("login", {"--password-command",
                     "echo started >&2; echo started > mark.new; mv mark.new mark; exec sleep 1000", "--trace", "t"})));
  while (!std::filesystem::exists(mark) && p.running()) {
  }
  p.send_signal(SIGINT);
  const auto got = p.wait();
  CAPTURE(describe(got));
  CHECK(got.exit_code == 130);
}
