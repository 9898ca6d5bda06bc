// Whole days of a watch in seconds: what it says to the server is counted.
#include <doctest/doctest.h>

#include <random>

#include "simulated_watch.hpp"

using namespace outmap;
using namespace outmap::test;
using namespace std::chrono_literals;

namespace {

std::uint64_t said(const simulated_watch& w, const std::string& command) {
  const auto at = w.server.seen().commands.find(command);
  return at == w.server.seen().commands.end() ? 0 : at->second;
}

void print(const simulated_watch& w, const std::string& title) {
  const auto& r = w.report;
  MESSAGE(title << ": connections " << r.connections << ", failed attempts " << r.failed_attempts << ", lost " << r.lost
                << ", IDLE " << r.idles << ", NOOP " << r.noops << ", full scans " << r.full_scans << ", quick scans "
                << r.quick_scans << ", doubts " << r.doubts << ", suspensions " << r.suspensions << ", new "
                << r.messages_new << ", changed " << r.messages_changed << ", expunged " << r.messages_expunged
                << ", unseen connections " << r.unseen_connections << ", unseen rounds " << r.unseen_rounds
                << "; commands: " << said(w, "SELECT") << " SELECT, " << said(w, "UID FETCH") << " UID FETCH, "
                << said(w, "STATUS") << " STATUS; longest silence "
                << std::chrono::duration_cast<std::chrono::seconds>(w.server.seen().longest_gap).count() << " s");
}

// Mail comes, is read and goes, at random moments of `length`.
void let_people_work(simulated_watch& w, std::chrono::hours length, std::uint32_t seed) {
  auto random = std::make_shared<std::mt19937>(seed);
  const auto begin = w.time.now();
  for (auto at = begin; at < begin + length; at += std::chrono::seconds(30 + (*random)() % 600)) {
    w.time.call_at(at, [&w, random] {
      const auto& all = w.server.messages();
      switch ((*random)() % 5) {
        case 0:
          if (all.size() > 5) w.server.expunge(all[(*random)() % all.size()].uid);
          break;
        case 1:
          if (!all.empty()) w.server.set_seen(all[(*random)() % all.size()].uid, (*random)() % 2 == 0);
          break;
        default: w.server.add(mail_text((*random)())); break;
      }
      w.server.others["News"] = (*random)() % 4;
    });
  }
}

}  // namespace

TEST_CASE("OIMAP-V0025 OIMAP-V0028 a quiet day with IDLE: one connection, NOOP every nine minutes, no silence of ten") {
  simulated_watch w;
  for (unsigned i = 1; i <= 20; ++i) w.server.add(mail_text(i));
  w.advance(24h);
  w.stop();
  print(w, "24 quiet hours with IDLE");
  CHECK(w.report.connections == 1);
  CHECK(w.report.lost == 0);
  CHECK(w.report.failed_attempts == 0);
  CHECK(w.report.doubts == 0);
  // Every fifteen minutes a listing, and between two of them one NOOP.
  CHECK(w.report.full_scans == 97);
  CHECK(w.report.noops == 96);
  CHECK(w.report.idles == 2 * 96 + 1);
  CHECK(w.report.unseen_connections == 1);
  CHECK(w.report.unseen_rounds == 24 * 12 + 1);
  CHECK(w.server.seen().connections == 2);
  CHECK(w.server.seen().autologouts == 0);
  CHECK(w.server.seen().longest_gap <= 10min);
  CHECK(w.server.seen().status_of_selected == 0);
  CHECK(said(w, "STATUS") == 2 * (24 * 12 + 1));
  CHECK(said(w, "SELECT") == 1);
  CHECK(said(w, "LOGOUT") == 2);
  CHECK(w.cached() == w.served());
}

TEST_CASE("OIMAP-V0025 OIMAP-V0028 a quiet day without IDLE: NOOP every minute and no IDLE") {
  watch_options how;
  how.unseen_interval = 0s;
  simulated_watch w(how);
  w.server.idle = false;
  w.server.add(mail_text(1));
  w.advance(24h);
  w.stop();
  print(w, "24 quiet hours without IDLE");
  CHECK(w.report.connections == 1);
  CHECK(said(w, "IDLE") == 0);
  // Where a listing is due it takes the place of the NOOP.
  CHECK(w.report.noops == 24 * 60 - 96);
  CHECK(w.server.seen().connections == 1);
  CHECK(w.server.seen().longest_gap <= 1min);
  CHECK(w.server.seen().autologouts == 0);
}

TEST_CASE(
    "XIMAP-V0015 XIMAP-V0046 a day with mail, outages, refused logins and sleep ends with the cache as the server") {
  watch_options how;
  SUBCASE("IDLE") {}
  SUBCASE("IDLE, flags pushed") { how.poll_interval = 59s; }
  SUBCASE("NOOP") { how.poll_interval = 30s; }
  const bool idle = how.poll_interval != 30s;
  for (std::uint32_t seed = 1; seed <= 3; ++seed) {
    CAPTURE(seed);
    simulated_watch w(how, seed);
    w.server.idle = idle;
    w.server.pushes_flags = how.poll_interval == 59s;
    for (unsigned i = 1; i <= 50; ++i) w.server.add(mail_text(i));
    w.work();
    let_people_work(w, 24h, seed);
    const auto begin = w.time.now();
    // Drops every three hours, twice with BYE; after one of them nobody is let in for 20 minutes.
    for (int hour = 3; hour < 24; hour += 3)
      w.time.call_at(begin + std::chrono::hours(hour),
                     [&w, hour] { w.server.drop(hour % 2 == 0 ? "* BYE going down" : ""); });
    w.time.call_at(begin + 9h, [&w] { w.server.refusal = "* BYE too busy"; });
    w.time.call_at(begin + 9h + 20min, [&w] { w.server.refusal.clear(); });
    w.time.call_at(begin + 13h + 7min, [&w] {
      w.server.vanish();
      w.time.sleep(3h);
    });
    w.time.call_at(begin + 19h + 1min, [&w] { w.server.vanish(); });
    w.time.call_at(begin + 19h + 2min, [&w] { w.work().nudge(); });
    w.advance(24h);
    // Flags that nobody told are found by the next listing.
    w.advance(15min);
    w.stop();
    print(w, idle ? "24 hours of outages with IDLE" : "24 hours of outages without IDLE");
    CHECK(w.cached() == w.served());
    std::set<std::uint32_t> uids;
    for (const auto& [uid, seen] : w.served()) uids.insert(uid);
    CHECK(w.heard.held == uids);
    CHECK(w.heard.not_in_cache == 0);
    CHECK(w.report.connections == 1 + 7 + 2);
    CHECK(w.report.lost == 7 + 2);
    CHECK(w.report.failed_attempts >= 4);
    CHECK(w.report.failed_attempts <= 14);
    CHECK(w.report.suspensions == 2);
    CHECK(w.report.doubts == 0);
    CHECK(w.server.seen().autologouts == 0);
    CHECK(w.server.seen().longest_gap <= 10min);
    CHECK(w.server.seen().status_of_selected == 0);
    // What was in doubt was known within ten seconds.
    REQUIRE(w.heard.disconnections.size() >= 9);
  }
}
