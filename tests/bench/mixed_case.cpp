#include <filesystem>

#include "bench/bench_case.hpp"
#include "bench/drain.hpp"
#include "bench/filled_server.hpp"
#include "bench/peers.hpp"
#include "bench/sample_mail.hpp"

namespace outmap::bench {
namespace {

struct measured {
  runs drain;
  runs drain_to_file;
  runs tls;
  runs headers_first;
  runs one_pass;
  runs mbsync;
  runs mbsync_without_fsync;
};

void one_round(const bench_case& with, const far_end& from, measured& all) {
  const test::temp_dir folder;
  all.drain.push_back(with.work.drain(from, "INBOX", {fetch_bodies}));
  all.headers_first.push_back(with.work.sync(from, folder / "default.outmap"));
  all.one_pass.push_back(with.work.sync(from, folder / "one-pass.outmap", {.header_date = true}));
  all.drain_to_file.push_back(with.work.drain_to_file(from, "INBOX", fetch_bodies, folder / "drained"));
  if (auto tls = openssl_drain(with.work, from, fetch_bodies, folder.path())) all.tls.push_back(*tls);
  if (!with.peers || !mbsync_peer::installed()) return;
  all.mbsync.push_back(mbsync_peer(from, folder / "mbsync", true).run(with.work));
  all.mbsync_without_fsync.push_back(mbsync_peer(from, folder / "mbsync-no-fsync", false).run(with.work));
}

double cpu_a_gigabyte(const figures& f, const figures& drained) {
  return f.cpu / (static_cast<double>(drained.octets) / 1e9);
}

void goals(report& out, const measured& all) {
  out.ratio_goal("0.69 GB, one pass", times(all.one_pass, all.drain), 1.25, "the drain");
  out.ratio_goal("0.69 GB, default settings", times(all.headers_first, all.drain), 1.5, "the drain");
  if (!all.mbsync.empty()) {
    const auto faster = times(all.mbsync, all.one_pass);
    out.goal("0.69 GB, one pass", ">= 3 x as fast as mbsync", number(faster) + " x", faster >= 3);
  }
  if (all.tls.empty()) return;
  const auto drain = median(all.drain);
  const auto one_pass = median(all.one_pass);
  const auto headers_first = median(all.headers_first);
  const auto bare = cpu_a_gigabyte(median(all.tls), drain);
  out.remark("CPU seconds a GB: openssl s_client " + number(bare) + ", our drain " +
             number(cpu_a_gigabyte(drain, drain)) + ", one pass " + number(cpu_a_gigabyte(one_pass, drain)) +
             ", default " + number(cpu_a_gigabyte(headers_first, drain)));
  out.ratio_goal("CPU a GB, one pass", cpu_a_gigabyte(one_pass, drain) / bare, 2, "openssl s_client");
  out.ratio_goal("CPU a GB, default settings", cpu_a_gigabyte(headers_first, drain) / bare, 2, "openssl s_client");
}

}  // namespace

void mixed_case(const bench_case& with) {
  const auto count = with.scaled(20'000);
  const filled_server server(
      {"mixed", {"INBOX"}, count, [](std::size_t, std::size_t n) { return mixed_message(42, n); }}, with.keep);
  with.out.heading(std::to_string(count) + " messages of mixed sizes, first sync");
  with.out.remark(server.facts());
  const auto from = server.end();
  static_cast<void>(with.work.drain(from, "INBOX", {fetch_bodies}));
  measured all;
  for (int i = 0; i < with.rounds; ++i) one_round(with, from, all);

  const auto& drain = all.drain;
  std::vector<row> rows = {{"drain: one FETCH of all bodies", drain, drain},
                           {"drain, appended to one file, one fsync", all.drain_to_file, drain},
                           {"outmap, default settings (headers first)", all.headers_first, drain, {}, true},
                           {"outmap, bodies in one pass", all.one_pass, drain, {}, true}};
  if (!all.tls.empty()) rows.push_back({"openssl s_client, thrown away", all.tls, drain});
  if (!all.mbsync.empty()) {
    rows.push_back({"mbsync to Maildir", all.mbsync, drain});
    rows.push_back({"mbsync to Maildir, FSync no", all.mbsync_without_fsync, drain});
  } else {
    with.out.remark("mbsync: left out");
  }
  with.out.table(rows);
  goals(with.out, all);
}

}  // namespace outmap::bench
