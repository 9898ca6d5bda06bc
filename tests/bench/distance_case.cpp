#include <stdexcept>

#include "bench/bench_case.hpp"
#include "bench/delay_proxy.hpp"
#include "bench/drain.hpp"
#include "bench/filled_server.hpp"
#include "bench/peers.hpp"
#include "bench/sample_mail.hpp"

namespace outmap::bench {
namespace {

constexpr auto one_way = std::chrono::milliseconds(25);
constexpr double round_trip = 0.050;

// A server as it is seen from far away.
class distant {
 public:
  explicit distant(const far_end& near) : near_(near), proxy_(0, "127.0.0.1", near.port, one_way) {}
  [[nodiscard]] far_end end() const { return {proxy_.port(), near_.ca_file}; }

 private:
  far_end near_;
  delay_proxy proxy_;
};

std::string trips(double seconds) { return number(seconds / round_trip, 1) + " round trips"; }

void one_mailbox(const bench_case& with) {
  const auto count = with.scaled(1000);
  const auto make = [](std::size_t, std::size_t n) { return message_of(11, n, 14'000 + n * 7919 % 60'000); };
  const filled_server server({"distant", {"INBOX"}, count, make}, with.keep);
  const distant link(server.end());
  const auto from = link.end();
  with.out.heading(std::to_string(count) + " messages, 44 kB each, 50 ms round trip");
  with.out.remark(server.facts());
  runs drains;
  runs headers_first;
  runs one_pass;
  runs scans;
  runs unchanged;
  runs mbsync;
  static_cast<void>(with.work.drain(server.end(), "INBOX", {fetch_bodies}));
  for (int i = 0; i < with.rounds; ++i) {
    const test::temp_dir folder;
    drains.push_back(with.work.drain(from, "INBOX", {fetch_bodies}));
    headers_first.push_back(with.work.sync(from, folder / "default.outmap"));
    one_pass.push_back(with.work.sync(from, folder / "one-pass.outmap", {.header_date = true}));
    scans.push_back(with.work.drain(from, "INBOX", {fetch_flags}));
    unchanged.push_back(with.work.sync(from, folder / "default.outmap"));
    if (with.peers && mbsync_peer::installed()) {
      mbsync.push_back(mbsync_peer(from, folder / "mbsync", true).run(with.work));
    }
  }
  std::vector<row> rows = {{"drain: one FETCH of all bodies", drains, drains, round_trip},
                           {"outmap, default settings (headers first)", headers_first, drains, round_trip, true},
                           {"outmap, bodies in one pass", one_pass, drains, round_trip, true}};
  if (!mbsync.empty()) rows.push_back({"mbsync to Maildir", mbsync, drains, round_trip});
  rows.push_back({"drain: UID FETCH 1:* (UID FLAGS)", scans, scans, round_trip});
  rows.push_back({"outmap, nothing changed", unchanged, scans, round_trip, true});
  with.out.table(rows);
  for (const auto& [name, what] : {std::pair{"default settings", &headers_first}, {"one pass", &one_pass}}) {
    const auto above = median(*what).wall - median(drains).wall;
    with.out.goal(std::string("1,000 messages at 50 ms, ") + name, "<= 6 round trips above the drain", trips(above),
                  above <= 6 * round_trip);
  }
}

struct many {
  runs one_by_one;
  runs pipelined;
  runs first;
  runs headers_first;
  runs mbsync;
  runs scan_one_by_one;
  runs scan_pipelined;
  runs unchanged;
  runs login;
  runs quick;
  runs mbsync_unchanged;
};

// What waits for each mailbox in turn takes half a minute a run: once is enough to see that.
void slow_ones(const bench_case& with, const far_end& from, const std::filesystem::path& names,
               const test::temp_dir& folder, many& all) {
  all.one_by_one.push_back(with.work.drain_mailboxes(from, names, fetch_bodies, false));
  all.scan_one_by_one.push_back(with.work.drain_mailboxes(from, names, fetch_flags, false));
  if (!with.peers || !mbsync_peer::installed()) return;
  const mbsync_peer mbsync(from, folder / "mbsync", true);
  all.mbsync.push_back(mbsync.run(with.work));
  all.mbsync_unchanged.push_back(mbsync.run(with.work));
}

void one_round(const bench_case& with, const far_end& from, const std::filesystem::path& names, many& all) {
  const test::temp_dir folder;
  const auto cache = folder / "cache.outmap";
  all.pipelined.push_back(with.work.drain_mailboxes(from, names, fetch_bodies, true));
  all.headers_first.push_back(with.work.sync(from, folder / "default.outmap"));
  all.first.push_back(with.work.sync(from, cache, {.header_date = true}));
  all.scan_pipelined.push_back(with.work.drain_mailboxes(from, names, fetch_flags, true));
  all.unchanged.push_back(with.work.sync(from, cache, {.header_date = true}));
  all.login.push_back(with.work.login(from));
  all.quick.push_back(with.work.sync(from, cache, {.header_date = true, .quick = true}));
}

void print(const bench_case& with, const many& all) {
  const auto& drain = all.pipelined;
  const auto& scan = all.scan_pipelined;
  std::vector<row> rows = {{"drain of all bodies, pipelined", drain, drain, round_trip},
                           {"drain of all bodies, one by one (one run)", all.one_by_one, drain, round_trip},
                           {"outmap, default settings (headers first)", all.headers_first, drain, round_trip, true},
                           {"outmap, bodies in one pass", all.first, drain, round_trip, true}};
  if (!all.mbsync.empty()) rows.push_back({"mbsync to Maildir (one run)", all.mbsync, drain, round_trip});
  rows.push_back({"drain of all flags, pipelined", scan, scan, round_trip});
  rows.push_back({"drain of all flags, one by one (one run)", all.scan_one_by_one, scan, round_trip});
  rows.push_back({"outmap, nothing changed", all.unchanged, scan, round_trip, true});
  rows.push_back({"outmap, nothing changed, quick", all.quick, scan, round_trip, true});
  rows.push_back({"outmap, login and LOGOUT alone", all.login, scan, round_trip});
  if (!all.mbsync.empty()) {
    rows.push_back({"mbsync, nothing changed (one run)", all.mbsync_unchanged, scan, round_trip});
  }
  with.out.table(rows);
  const auto unchanged = median(all.unchanged).wall;
  with.out.goal("200 mailboxes at 50 ms, nothing changed", "<= 12 round trips in all", trips(unchanged),
                unchanged <= 12 * round_trip);
  // A login has CAPABILITY and LOGOUT behind it, a round trip each.
  const auto behind_login = median(all.quick).wall - median(all.login).wall + 2 * round_trip;
  with.out.goal("200 mailboxes at 50 ms, nothing changed, quick", "< 3 round trips behind the login",
                trips(behind_login), behind_login < 3 * round_trip);
  for (const auto& [name, what] : {std::pair{"default settings", &all.headers_first}, {"one pass", &all.first}}) {
    const auto above = median(*what).wall - median(drain).wall;
    with.out.goal(std::string("200 mailboxes at 50 ms, first sync, ") + name,
                  "<= 20 round trips above the pipelined drain", trips(above), above <= 20 * round_trip);
  }
}

void many_mailboxes(const bench_case& with) {
  constexpr std::size_t per_mailbox = 50;
  std::vector<std::string> mailboxes = {"INBOX"};
  for (std::size_t i = 1; i < with.scaled(200, 3); ++i) mailboxes.push_back("Box " + std::to_string(1000 + i));
  const auto make = [](std::size_t m, std::size_t n) { return small_message(static_cast<std::uint32_t>(100 + m), n); };
  const filled_server server({"mailboxes", mailboxes, per_mailbox, make}, with.keep);
  const test::temp_dir folder;
  std::string lines;
  for (const auto& mailbox : mailboxes) lines += mailbox + '\n';
  const auto names = folder.write("names", lines);
  const distant link(server.end());
  const auto from = link.end();
  with.out.heading(std::to_string(mailboxes.size()) + " mailboxes of 50 messages, 50 ms round trip");
  with.out.remark(server.facts());
  static_cast<void>(with.work.drain_mailboxes(server.end(), names, fetch_bodies, false));
  many all;
  slow_ones(with, from, names, folder, all);
  for (int i = 0; i < with.rounds; ++i) one_round(with, from, names, all);
  if (median(all.pipelined).octets * 20 < median(all.one_by_one).octets * 19) {
    throw std::runtime_error("the pipelined drain did not read all that the one-by-one drain read");
  }
  print(with, all);
}

}  // namespace

void distance_case(const bench_case& with) {
  one_mailbox(with);
  many_mailboxes(with);
}

}  // namespace outmap::bench
