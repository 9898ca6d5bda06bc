#include <filesystem>
#include <optional>
#include <stdexcept>

#include "bench/bench_case.hpp"
#include "bench/drain.hpp"
#include "bench/filled_server.hpp"
#include "bench/peers.hpp"
#include "bench/sample_mail.hpp"
#include "interop/mailbox_admin.hpp"

namespace outmap::bench {
namespace {

// Works of a tenth of a second need more rounds than the others for a median to mean something.
constexpr int short_rounds = 8;

struct delta {
  std::size_t added = 0;
  std::size_t flagged = 0;
  std::size_t expunged = 0;
};

struct measured {
  runs drain;
  runs first;
  runs drain_again;
  runs first_default;
  runs mbsync_first;
  runs scan;
  runs unchanged;
  runs quick;
  runs mbsync_unchanged;
  runs delta_drain;
  runs delta;
  runs mbsync_delta;
};

// New messages at the end; flags and expunges spread over the mailbox, others each round. Gives what the new messages
// are fetched with.
std::string change(const filled_server& server, const delta& what, std::uint32_t round) {
  const interop::mailbox_admin admin(server.server());
  const auto uids = admin.uids("INBOX");
  const auto stride = uids.size() / (what.flagged + what.expunged + 1);
  std::string flagged;
  std::string expunged;
  for (std::size_t i = 0; i < what.flagged + what.expunged; ++i) {
    auto& list = i % ((what.flagged + what.expunged) / what.expunged) == 0 ? expunged : flagged;
    if (!list.empty()) list += ',';
    list += std::to_string(uids[i * stride + round]);
  }
  admin.add_flags("INBOX", {"uid", flagged}, "\\Flagged");
  admin.expunge("INBOX", {"uid", expunged});
  server.append("INBOX", what.added, [&](std::size_t n) { return small_message(1000 + round, n); });
  return "UID FETCH " + std::to_string(uids.back() + 1) + ":* (UID FLAGS BODY.PEEK[])";
}

void first_sync(const bench_case& with, const far_end& from, const test::temp_dir& folder, measured& all) {
  static_cast<void>(with.work.drain(from, "INBOX", {fetch_bodies}));
  for (int i = 0; i < with.rounds; ++i) {
    // The caches and Maildirs of the last round are what the later measurements go on with.
    const bool last = i + 1 == with.rounds;
    const test::temp_dir thrown_away;
    const auto& place = last ? folder : thrown_away;
    all.drain.push_back(with.work.drain(from, "INBOX", {fetch_bodies}));
    all.first.push_back(with.work.sync(from, place / "cache.outmap", {.header_date = true}));
    if (!with.peers || !mbsync_peer::installed()) continue;
    all.mbsync_first.push_back(mbsync_peer(from, place / "mbsync", true).run(with.work));
  }
}

void first_sync_by_default(const bench_case& with, const far_end& from, measured& all) {
  for (int i = 0; i < with.rounds; ++i) {
    const test::temp_dir folder;
    all.drain_again.push_back(with.work.drain(from, "INBOX", {fetch_bodies}));
    all.first_default.push_back(with.work.sync(from, folder / "default.outmap"));
  }
}

void nothing_changed(const bench_case& with, const far_end& from, const test::temp_dir& folder, measured& all) {
  for (int i = 0; i < with.rounds * short_rounds; ++i) {
    all.scan.push_back(with.work.drain(from, "INBOX", {fetch_flags}));
    all.unchanged.push_back(with.work.sync(from, folder / "cache.outmap", {.header_date = true}));
  }
  // By themselves: the server ends a session after it has answered, which costs whoever comes next more after a long
  // listing than after a short one.
  for (int i = 0; i < with.rounds * short_rounds; ++i) {
    all.quick.push_back(with.work.sync(from, folder / "cache.outmap", {.header_date = true, .quick = true}));
  }
  if (all.mbsync_first.empty()) return;
  for (int i = 0; i < with.rounds; ++i) {
    all.mbsync_unchanged.push_back(mbsync_peer(from, folder / "mbsync", true).run(with.work));
  }
}

void delta_sync(const bench_case& with, const filled_server& server, const test::temp_dir& folder, const delta& what,
                measured& all) {
  const auto from = server.end();
  for (int i = 0; i < with.rounds * short_rounds; ++i) {
    const auto new_bodies = change(server, what, static_cast<std::uint32_t>(i));
    static_cast<void>(with.work.drain(from, "INBOX", {fetch_flags}));
    all.delta_drain.push_back(with.work.drain(from, "INBOX", {fetch_flags, new_bodies}));
    all.delta.push_back(with.work.sync(from, folder / "cache.outmap", {.header_date = true}));
    if (all.delta.back().messages != what.added) throw std::runtime_error("a delta sync did not fetch what is new");
    if (all.mbsync_first.empty() || i >= with.rounds) continue;
    all.mbsync_delta.push_back(mbsync_peer(from, folder / "mbsync", true).run(with.work));
  }
}

void print_first(const bench_case& with, const measured& all) {
  std::vector<row> rows = {{"drain: one FETCH of all bodies", all.drain, all.drain},
                           {"outmap, first sync, one pass", all.first, all.drain, {}, true}};
  with.out.ratio_goal("100,000 small messages, one pass", times(all.first, all.drain), 1.3, "the drain");
  if (!all.mbsync_first.empty()) {
    rows.push_back({"mbsync to Maildir", all.mbsync_first, all.drain});
    const auto faster = times(all.mbsync_first, all.first);
    with.out.goal("100,000 small messages, one pass", ">= 5 x as fast as mbsync", number(faster) + " x", faster >= 5);
  }
  with.out.table(rows);
}

void print_again(const bench_case& with, const measured& all) {
  std::vector<row> rows = {{"drain: UID FETCH 1:* (UID FLAGS)", all.scan, all.scan},
                           {"outmap, nothing changed", all.unchanged, all.scan, {}, true}};
  rows.push_back({"outmap, nothing changed, quick", all.quick, all.scan, {}, true});
  if (!all.mbsync_unchanged.empty()) rows.push_back({"mbsync, nothing changed", all.mbsync_unchanged, all.scan});
  rows.push_back({"drain: the same after changes, then the new bodies", all.delta_drain, all.delta_drain});
  rows.push_back({"outmap, delta", all.delta, all.delta_drain, {}, true});
  if (!all.mbsync_delta.empty()) rows.push_back({"mbsync, delta", all.mbsync_delta, all.delta_drain});
  with.out.table(rows);
  with.out.ratio_goal("100,000 messages, nothing changed", times(all.unchanged, all.scan), 1.15,
                      "the drain of the flags");
  with.out.ratio_goal("delta in 100,000 messages", times(all.delta, all.delta_drain), 1.3,
                      "the drain of flags and new bodies");
}

}  // namespace

void small_case(const bench_case& with) {
  const auto count = with.scaled(100'000);
  const filled_server server(
      {"small", {"INBOX"}, count, [](std::size_t, std::size_t n) { return small_message(7, n); }}, with.keep);
  const auto from = server.end();
  const test::temp_dir folder;
  measured all;
  with.out.heading(std::to_string(count) + " messages of 2 to 4 KiB");
  with.out.remark(server.facts());
  first_sync(with, from, folder, all);
  print_first(with, all);
  nothing_changed(with, from, folder, all);
  const delta what{std::max<std::size_t>(2, count / 500), std::max<std::size_t>(5, count / 200),
                   std::max<std::size_t>(1, count / 1000)};
  delta_sync(with, server, folder, what, all);
  with.out.remark("delta: " + std::to_string(what.added) + " new, " + std::to_string(what.flagged) +
                  " changes of flags, " + std::to_string(what.expunged) + " expunged");
  print_again(with, all);
  first_sync_by_default(with, from, all);
  with.out.table({{"drain: one FETCH of all bodies", all.drain_again, all.drain_again},
                  {"outmap, first sync, default settings", all.first_default, all.drain_again, {}, true}});
}

}  // namespace outmap::bench
