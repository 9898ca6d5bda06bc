// What a watch does with each thing a server says, in simulated time.
#include "sync/watch.hpp"

#include <doctest/doctest.h>

#include <random>

#include "simulated_watch.hpp"

using namespace outmap;
using namespace outmap::test;
using namespace std::chrono_literals;

namespace {

watch_options alone() {
  watch_options how;
  how.unseen_interval = 0s;
  return how;
}

struct alone_fixture : simulated_watch {
  explicit alone_fixture(const watch_options& how = alone()) : simulated_watch(how) {}
  void fill(unsigned count) {
    for (unsigned i = 1; i <= count; ++i) server.add(mail_text(i));
  }
  void check_same() {
    CHECK(cached() == served());
    CHECK(heard.not_in_cache == 0);
  }
};

}  // namespace

TEST_CASE_FIXTURE(alone_fixture, "OIMAP-V0024 OIMAP-V0001 new mail is in the cache and told without time going on") {
  fill(3);
  work();
  CHECK(heard.events == std::vector<std::string>{"connected", "new 1", "new 2", "new 3"});
  for (unsigned i = 4; i <= 8; ++i) {
    server.add(mail_text(i));
    settle();
    CHECK(heard.events.back() == "new " + std::to_string(i));
    check_same();
  }
  CHECK(report.full_scans == 1);
  CHECK(report.quick_scans == 5);
  CHECK(server.seen().commands.at("SELECT") == 1);
}

TEST_CASE_FIXTURE(alone_fixture, "OIMAP-V0001 EXPUNGE becomes a tombstone at once, and no listing is needed") {
  fill(6);
  work();
  for (const unsigned gone : {2u, 6u, 1u}) {
    server.expunge(gone);
    settle();
    CHECK(heard.events.back() == "gone " + std::to_string(gone));
    check_same();
  }
  CHECK(tombstones() == 3);
  CHECK(report.full_scans == 1);
  // What has gone does not make the next new message a reason for a whole listing.
  server.add(mail_text(7));
  settle();
  check_same();
  CHECK(report.full_scans == 1);
  CHECK(report.quick_scans == 1);
  CHECK(server.seen().commands.at("UID FETCH") == 3 + 3);
}

TEST_CASE_FIXTURE(alone_fixture, "OIMAP-V0001 flags that are pushed without a UID reach the right message") {
  server.pushes_flags = true;
  fill(5);
  work();
  server.expunge(2);
  server.set_seen(4, true);
  settle();
  CHECK(heard.count("changed 4") == 1);
  CHECK(heard.count("gone 2") == 1);
  check_same();
  CHECK(report.full_scans == 1);
}

TEST_CASE_FIXTURE(alone_fixture, "XIMAP-V0046 flags that nobody told are found by the next full listing") {
  fill(5);
  work();
  server.set_seen(3, true);
  advance(14min + 59s);
  CHECK_FALSE(cached().at(3));
  advance(2s);
  check_same();
  CHECK(heard.count("changed 3") == 1);
}

TEST_CASE_FIXTURE(alone_fixture, "what does not add up is not guessed at: the folder is opened and listed anew") {
  fill(5);
  work();
  const auto lie = [&](const std::string& what) {
    CAPTURE(what);
    const auto scans = report.full_scans;
    server.inject(what);
    advance(3s);
    CHECK(report.full_scans == scans + 1);
    check_same();
    advance(15min);
  };
  lie("* 9 EXPUNGE\r\n");
  lie("* 2 EXISTS\r\n");
  lie("* 3 FETCH (UID 77 FLAGS ())\r\n");
  lie("* 4294967295 EXISTS\r\n");
  CHECK(report.doubts == 4);
  CHECK(heard.held.size() == 5);
}

TEST_CASE_FIXTURE(alone_fixture, "EXPUNGE that the server takes back by its next listing brings the message back") {
  fill(5);
  work();
  // A lie that adds up: message 5 has gone, says the server, and lists it when it is asked.
  server.inject("* 5 EXPUNGE\r\n");
  settle();
  CHECK(heard.events.back() == "gone 5");
  advance(15min);
  check_same();
  CHECK(heard.events.back() == "new 5");
}

TEST_CASE_FIXTURE(alone_fixture, "a server that always counts too many is not listed without end") {
  server.lies_by = 2;
  fill(4);
  advance(24h);
  CHECK(cached() == served());
  // Doubled pauses up to the rescan interval: a few more than the listings of a day.
  CHECK(report.full_scans < 120);
  CHECK(server.seen().commands.at("UID FETCH") < 400);
}

TEST_CASE_FIXTURE(
    alone_fixture,
    "a lost connection is opened again after a while that doubles, and begins anew after a stable minute") {
  fill(2);
  work();
  server.refusal = "* BYE too busy";
  server.drop();
  settle();
  advance(30min);
  REQUIRE(heard.waits.size() >= 8);
  for (std::size_t i = 0; i < heard.waits.size(); ++i) {
    const auto most = std::min<std::chrono::milliseconds>(1000ms * (1 << std::min<std::size_t>(i, 12)), 5min);
    CHECK(heard.waits[i] <= most);
    CHECK(heard.waits[i] >= most / 2);
  }
  server.refusal.clear();
  server.add(mail_text(3));
  advance(5min);
  check_same();
  CHECK(heard.events.back() == "new 3");
  // Stable by now.
  server.drop("* BYE again");
  settle();
  CHECK(heard.waits.back() <= 1s);
  CHECK(heard.disconnections.back().code == errc::server_bye);
  // A connection that is lost at once again waits longer.
  advance(1s);
  server.drop();
  settle();
  CHECK(heard.waits.back() > 750ms);
  CHECK(heard.waits.back() <= 2s);
}

TEST_CASE_FIXTURE(alone_fixture, "what a throttling server asks for is waited") {
  work();
  server.refusal = "* BYE Request is throttled. Suggested Backoff Time: 600000 milliseconds";
  server.drop();
  advance(2s);
  REQUIRE(heard.waits.size() == 2);
  CHECK(heard.waits.back() == 10min);
  server.refusal.clear();
  advance(9min);
  CHECK(heard.count("connected") == 1);
  advance(1min);
  CHECK(heard.count("connected") == 2);
}

TEST_CASE_FIXTURE(alone_fixture,
                  "after a sleep the connection proves itself, or another takes its place within seconds") {
  fill(2);
  work();
  SUBCASE("it has survived") {
    time.sleep(40min);
    advance(20s);
    CHECK(report.suspensions == 1);
    CHECK(server.seen().commands.at("NOOP") == 1);
    CHECK(heard.count("connected") == 1);
  }
  SUBCASE("it has not") {
    server.vanish();
    server.add(mail_text(3));
    time.sleep(40min);
    advance(15s + 10s + 2s);
    CHECK(heard.count("connected") == 2);
    check_same();
  }
  SUBCASE("the clock was put back") {
    time.sleep(-40min);
    advance(20s);
    CHECK(report.suspensions == 1);
    CHECK(heard.count("connected") == 1);
  }
  SUBCASE("the app knows it first") {
    server.vanish();
    server.add(mail_text(3));
    work().nudge();
    advance(10s + 2s);
    CHECK(heard.count("connected") == 2);
    check_same();
  }
  SUBCASE("a wait for the next try ends") {
    server.refusal = "* BYE Request is throttled. Suggested Backoff Time: 3000000 milliseconds";
    server.drop();
    advance(2s);
    server.refusal.clear();
    work().nudge();
    settle();
    CHECK(heard.count("connected") == 2);
  }
}

TEST_CASE_FIXTURE(alone_fixture, "a short time after a full listing a new connection asks only for what is new") {
  fill(10);
  work();
  advance(5min);
  server.drop();
  server.add(mail_text(11));
  advance(2s);
  CHECK(report.full_scans == 1);
  check_same();
  // Numbers are known from the cache: EXPUNGE needs no listing.
  server.expunge(4);
  settle();
  check_same();
  CHECK(report.full_scans == 1);
  CHECK(report.doubts == 0);
  // And what has changed meanwhile is still found a quarter of an hour after the last full listing.
  server.set_seen(2, true);
  advance(10min);
  check_same();
}

TEST_CASE_FIXTURE(alone_fixture, "what was expunged while the connection was lost is found when it is opened again") {
  fill(10);
  work();
  server.refusal = "* BYE no";
  server.drop();
  server.expunge(3);
  server.expunge(9);
  server.add(mail_text(11));
  server.add(mail_text(12));
  settle();
  server.refusal.clear();
  advance(5s);
  check_same();
  CHECK(heard.count("gone 3") == 1);
  CHECK(heard.count("gone 9") == 1);
  CHECK(tombstones() == 2);
}

TEST_CASE_FIXTURE(alone_fixture, "OIMAP-V0003 a UIDVALIDITY that changes meanwhile is followed") {
  fill(6);
  work();
  server.expunge(2);
  server.renumber();
  advance(2s);
  check_same();
  server.expunge(1);
  settle();
  CHECK(cached() == served());
}

TEST_CASE("errors that no retry cures end the watch, others do not") {
  simulated_watch w(alone());
  SUBCASE("a password that never worked") {
    w.login_error = error(errc::authentication_failed);
    w.work();
    REQUIRE(w.outcome);
    CHECK(w.outcome->error().code == errc::authentication_failed);
    CHECK(w.report.failed_attempts == 1);
  }
  SUBCASE("a password that has worked") {
    w.work();
    w.login_error = error(errc::authentication_failed);
    w.server.drop();
    w.advance(1h);
    REQUIRE(w.outcome);
    CHECK(w.outcome->error().code == errc::authentication_failed);
    CHECK(w.report.failed_attempts == 3);
  }
  SUBCASE("a certificate") {
    w.work();
    w.login_error = error(errc::certificate_expired);
    w.server.drop();
    w.advance(10s);
    REQUIRE(w.outcome);
    CHECK(w.outcome->error().code == errc::certificate_expired);
  }
  SUBCASE("no network") {
    w.login_error = error(errc::host_not_found);
    w.advance(24h);
    CHECK_FALSE(w.outcome);
    // Five minutes at most, half of that at least.
    CHECK(w.report.failed_attempts > 288);
    CHECK(w.report.failed_attempts < 600);
    w.login_error.reset();
    w.advance(5min);
    CHECK(w.heard.count("connected") == 1);
  }
}

TEST_CASE("a folder that is not there ends the watch") {
  auto how = alone();
  how.folder = "Nowhere";
  simulated_watch w(how);
  w.work();
  REQUIRE(w.outcome);
  CHECK(w.outcome->error().code == errc::no_such_mailbox);
}

TEST_CASE_FIXTURE(alone_fixture, "OIMAP-2.1.2 a stop ends IDLE, logs out and gives no error") {
  fill(1);
  work();
  SUBCASE("idle") {
    stop();
    CHECK(server.seen().commands.at("LOGOUT") == 1);
  }
  SUBCASE("while it waits for the next try") {
    server.refusal = "* BYE no";
    server.drop();
    settle();
    stop();
  }
  SUBCASE("a server that says nothing more has five seconds") {
    server.vanish();
    const auto before = time.now();
    stop();
    CHECK(time.now() - before <= 10s);
  }
  REQUIRE(outcome);
  CHECK(outcome->has_value());
  CHECK(server.open() == 0);
}

TEST_CASE(
    "OIMAP-V0044 OIMAP-V0045 unread counts come on a connection of their own, and only what has changed is told "
    "again") {
  simulated_watch w;
  w.server.add(mail_text(1));
  w.work();
  CHECK(w.heard.count("unseen News 3") == 1);
  CHECK(w.heard.count("unseen Work 0") == 1);
  CHECK(w.server.open() == 2);
  w.server.others["Work"] = 5;
  w.advance(5min);
  CHECK(w.heard.count("unseen Work 5") == 1);
  CHECK(w.heard.count("unseen News 3") == 1);
  CHECK(w.server.seen().status_of_selected == 0);
  // A folder that appears meanwhile is counted, too.
  w.server.others["Later"] = 1;
  w.advance(5min);
  CHECK(w.heard.count("unseen Later 1") == 1);
}

TEST_CASE("OIMAP-V0044 a server that stalls the unread counts does not hold up the watched folder") {
  simulated_watch w;
  w.server.slow_commands = {"STATUS"};
  w.work();
  w.server.add(mail_text(1));
  w.settle();
  CHECK(w.heard.count("new 1") == 1);
  w.stop();
  CHECK(w.outcome->has_value());
}

TEST_CASE("whatever others do between our commands, the cache follows without guessing") {
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    simulated_watch w(alone(), seed);
    std::mt19937 random(seed);
    w.server.idle = seed % 3 != 0;
    w.server.pushes_flags = seed % 2 == 0;
    for (unsigned i = 1; i <= 12; ++i) w.server.add(mail_text(i));
    const auto change = [&] {
      const auto& all = w.server.messages();
      switch (random() % 7) {
        case 0:
        case 1: w.server.add(mail_text(random())); break;
        case 2:
        case 3:
          if (!all.empty()) w.server.expunge(all[random() % all.size()].uid);
          break;
        case 4:
          if (!all.empty()) w.server.set_seen(all[random() % all.size()].uid, random() % 2 == 0);
          break;
        case 5:
          if (random() % 4 == 0) w.server.drop();
          break;
        default: break;
      }
    };
    w.work();
    for (int round = 0; round < 40; ++round) {
      for (auto n = random() % 4; n > 0; --n) {
        change();
        // Some of it while commands are under way.
        for (auto steps = random() % 6; steps > 0; --steps) {
          w.loop.restart();
          w.loop.poll_one();
        }
      }
      if (random() % 3 == 0) w.advance(std::chrono::seconds(random() % 100));
      w.settle();
    }
    w.advance(16min);
    CHECK(w.cached() == w.served());
    CHECK(w.heard.not_in_cache == 0);
    std::set<std::uint32_t> uids;
    for (const auto& [uid, seen] : w.served()) uids.insert(uid);
    CHECK(w.heard.held == uids);
  }
}
