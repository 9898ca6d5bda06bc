#include <stdexcept>

#include "bench/bench_case.hpp"
#include "bench/drain.hpp"
#include "bench/synthetic_server.hpp"

namespace outmap::bench {
namespace {

constexpr std::size_t body_octets = 300;
// Processes and pages are no exact science: what is flat within this much is flat.
constexpr double most_growth_mib = 16;

struct measured {
  std::uint32_t messages = 0;
  std::uint32_t expunged = 0;
  runs drain;
  runs first;
  runs scan_drain;
  runs unchanged;
  runs told;       // while EXPUNGE responses come
  runs settled;    // the run after that
  runs with_gaps;  // a first sync of what is left, every tenth UID missing
};

measured measure(const bench_case& with, std::uint32_t messages) {
  measured m;
  m.messages = messages;
  synthetic_server server({{"INBOX"}, messages, body_octets});
  const auto from = server.end();
  const test::temp_dir folder;
  const auto cache = folder / "cache.outmap";
  m.drain = {with.work.drain(from, "INBOX", {fetch_bodies})};
  m.first = {with.work.sync(from, cache, {.header_date = true})};
  if (m.first.front().messages != messages) throw std::runtime_error("a first sync did not fetch every message");
  for (int i = 0; i < with.rounds; ++i) {
    m.scan_drain.push_back(with.work.drain(from, "INBOX", {fetch_flags}));
    m.unchanged.push_back(with.work.sync(from, cache, {.header_date = true}));
  }
  m.expunged = server.expunge_every_tenth();
  m.told = {with.work.sync(from, cache, {.header_date = true})};
  server.settle();
  m.settled = {with.work.sync(from, cache, {.header_date = true})};
  m.with_gaps = {with.work.sync(from, folder / "gaps.outmap", {.header_date = true})};
  return m;
}

void print(report& out, const measured& m) {
  out.heading(std::to_string(m.messages) + " messages of 300 octets in a mailbox (synthetic server)");
  out.table({{"drain of all bodies", m.drain, m.drain},
             {"outmap, first sync, one pass", m.first, m.drain},
             {"drain: UID FETCH 1:* (UID FLAGS)", m.scan_drain, m.scan_drain},
             {"outmap, nothing changed", m.unchanged, m.scan_drain},
             {"outmap, told of " + std::to_string(m.expunged) + " EXPUNGEs", m.told, m.scan_drain},
             {"outmap, the run after that", m.settled, m.scan_drain},
             {"outmap, first sync of the rest", m.with_gaps, m.drain}});
  const auto micro = [&](const runs& r) { return number(median(r).cpu / m.messages * 1e6) + " us"; };
  out.remark("CPU a message: first sync " + micro(m.first) + ", nothing changed " + micro(m.unchanged));
}

}  // namespace

void million_case(const bench_case& with) {
  const auto small = measure(with, static_cast<std::uint32_t>(with.scaled(10'000)));
  print(with.out, small);
  const auto large = measure(with, static_cast<std::uint32_t>(with.scaled(1'000'000)));
  print(with.out, large);
  const auto growth = median(large.unchanged).peak_mib - median(small.unchanged).peak_mib;
  with.out.goal("1,000,000 messages, nothing changed", "memory as with 10,000 (+ 16 MiB at most)",
                "+ " + number(growth, 1) + " MiB", growth <= most_growth_mib);
  const auto a_message = [](const runs& r, const measured& m) { return median(r).cpu / m.messages; };
  with.out.ratio_goal("1,000,000 messages, first sync: CPU a message",
                      a_message(large.first, large) / a_message(small.first, small), 1.1, "that of 10,000");
  with.out.ratio_goal("1,000,000 messages, nothing changed: CPU a message",
                      a_message(large.unchanged, large) / a_message(small.unchanged, small), 1.1, "that of 10,000");
  with.out.ratio_goal("first sync, every tenth UID missing: CPU a message",
                      median(large.with_gaps).cpu / (large.messages - large.expunged) / a_message(large.first, large),
                      1.1, "that without gaps");
  const auto cpu = median(large.told).cpu - median(large.unchanged).cpu;
  with.out.goal(std::to_string(large.expunged) + " EXPUNGE responses", "< 1 s of CPU above a run without",
                number(cpu) + " s", cpu < 1);
}

}  // namespace outmap::bench
