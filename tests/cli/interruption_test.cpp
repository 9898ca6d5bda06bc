// Signals, and two runs at once.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <string>

#include "cli/bundled_server.hpp"
#include "cli/cache_octets.hpp"

using namespace outmap::test;
namespace exchange = outmap::exchange;
namespace fs = std::filesystem;

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

constexpr int local_messages = 1000;

/// An mbox of local_messages, each with a word of its own.
std::string many_messages() {
  std::string out;
  for (int i = 0; i < local_messages; ++i) {
    const auto n = std::to_string(i);
    out += "From a@b Mon Jan  1 00:00:00 2024\nMessage-ID: <" + n + "@mail.example>\nSubject: message " + n +
           "\n\nwords of number" + n + " " + std::string(400, 'x') + "\n\n";
  }
  return out;
}

/// Starts a work, and interrupts it once `begun` is there. On a machine that is too fast it is undone and tried again.
process_result interrupted(const program_home& home, const arguments& args, const fs::path& begun) {
  for (int tries = 0; tries < 20; ++tries) {
    process p(home.with(args));
    while (!fs::exists(begun) && p.running()) {
    }
    p.send_signal(SIGINT);
    auto got = p.wait();
    if (got.exit_code != 0) return got;
    fs::remove_all(begun);
  }
  FAIL("it always ended before it could be interrupted");
  return {};
}

}  // namespace

TEST_CASE("an import that is interrupted ends with 130, and so do index and exports; the next run completes each") {
  const program_home home;
  const auto cache = (home.dir() / "mail.outmap").string();
  write_file(home.dir() / "many.mbox", many_messages());
  const arguments import = {"import", "--format", "mbox", "--from", "many.mbox", "--cache", cache};
  const auto cut_off = [&](const arguments& args, const fs::path& begun) {
    const auto got = interrupted(home, args + arguments{"--json"}, begun);
    CAPTURE(describe(got));
    CHECK(got.exit_code == 130);
    const auto last = parse_events(got.out).back();
    CHECK(last["event"] == "result");
    CHECK(last["error"]["code"] == "cancelled");
    CHECK(says(got.err, "run again to go on"));
  };
  cut_off(import, cache + ".mail");
  auto counts = home.events(import).back()["counts"];
  CHECK(counts["imported"].get<int>() + counts["there"].get<int>() == local_messages);
  CHECK(home.run({"verify", "--cache", cache}).exit_code == 0);

  cut_off({"search", "number999", "--cache", cache}, cache + ".search");
  const auto found = home.run({"search", "number999", "--cache", cache});
  CHECK(found.exit_code == 0);
  CHECK(says(found.out, "message 999"));

  for (const std::string format : {"eml", "maildir", "mbox"}) {
    CAPTURE(format);
    const arguments out = {"export", "--format", format, "--to", format, "--cache", cache};
    cut_off(out, home.dir() / format / (format == "mbox" ? "many.mbox" : "many"));
    counts = home.events(out).back()["counts"];
    CHECK(counts["written"].get<int>() + counts["unchanged"].get<int>() == local_messages);
    CHECK(home.events(out).back()["counts"]["unchanged"] == local_messages);
  }
}

TEST_CASE("a backup that is interrupted ends with 130 and is recorded so; the next one completes and seals it") {
  bundled_server s;
  fill(s);
  s.server().set_hooks(stall_in_slow());
  process p(s.with(s.on("backup", {"--json"})));
  REQUIRE(reaches_slow(s));
  p.send_signal(SIGINT);
  const auto got = p.wait();
  CAPTURE(describe(got));
  CHECK(got.exit_code == 130);
  CHECK(parse_events(got.out).back()["error"]["code"] == "cancelled");
  const arguments cache = {"--cache", s.cache().string()};
  CHECK(says(s.run(arguments{"report"} + cache).out, "interrupted"));
  s.server().set_hooks({});
  CHECK(s.run(s.on("backup")).exit_code == 0);
  CHECK(s.events(arguments{"status"} + cache).back()["counts"]["bodies"] == 40);
  CHECK(s.run(arguments{"verify"} + cache).exit_code == 0);
}

TEST_CASE("a restore that is interrupted ends with 130, and after the next one nothing is there twice") {
  bundled_server s;
  fill(s);
  REQUIRE(s.run(s.on("backup")).exit_code == 0);
  for (const char* folder : {"INBOX", "Slow"}) {
    for (const auto& m : s.mail().messages(folder)) s.mail().expunge(folder, m.uid);
  }
  std::atomic<int> appends{0};
  exchange::hooks h;
  h.on_command = [&appends](const exchange::command_seen& c) {
    exchange::action a;
    a.stall = c.name == "APPEND" && ++appends > 7;
    return a.stall ? std::optional(a) : std::nullopt;
  };
  s.server().set_hooks(h);
  process p(s.with(s.on("restore", {"--json"})));
  REQUIRE(s.server().log().wait_for("APPEND", 8));
  p.send_signal(SIGINT);
  const auto got = p.wait();
  CAPTURE(describe(got));
  CHECK(got.exit_code == 130);
  CHECK(parse_events(got.out).back()["error"]["code"] == "cancelled");
  s.server().set_hooks({});
  const auto rest = s.run(s.on("restore"));
  CAPTURE(describe(rest));
  CHECK(rest.exit_code == 0);
  CHECK(s.mail().messages("INBOX").size() == 20);
  CHECK(s.mail().messages("Slow").size() == 20);
  CHECK(s.run(s.on("restore", {"--dry-run"})).exit_code == 0);
}

TEST_CASE("a dry sync that is interrupted ends with 130, and has touched nothing") {
  bundled_server s;
  fill(s);
  REQUIRE(s.run(s.on("sync")).exit_code == 0);
  exchange::hooks stall;
  stall.on_command = [](const exchange::command_seen& c) {
    exchange::action a;
    a.stall = c.name == "UID FETCH" && c.mailbox == "Slow";
    return a.stall ? std::optional(a) : std::nullopt;
  };
  const auto asked = s.server().log().commands().size();
  const auto before = octets_below(s.dir().path());
  s.server().set_hooks(stall);
  process p(s.with(s.on("sync", {"--dry-run", "--json"})));
  const auto reached = [&] {
    const auto all = s.server().log().commands();
    return std::any_of(all.begin() + static_cast<std::ptrdiff_t>(asked), all.end(),
                       [](const auto& c) { return c.name == "UID FETCH" && c.mailbox == "Slow"; });
  };
  for (std::size_t seen = 1; !reached(); ++seen) REQUIRE(s.server().log().wait_for("UID FETCH", seen));
  p.send_signal(SIGINT);
  const auto got = p.wait();
  CAPTURE(describe(got));
  CHECK(got.exit_code == 130);
  const auto last = parse_events(got.out).back();
  CHECK(last["error"]["code"] == "cancelled");
  CHECK(octets_below(s.dir().path()) == before);
}

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
