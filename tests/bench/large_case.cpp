#include "bench/bench_case.hpp"
#include "bench/drain.hpp"
#include "bench/synthetic_server.hpp"

namespace outmap::bench {

void large_case(const bench_case& with) {
  const auto octets = static_cast<std::size_t>(500e6 * std::min(1.0, with.scale));
  // Dovecot would do as well, and first take twice the space and a minute to be filled.
  const synthetic_server server({{"INBOX"}, 1, octets});
  const auto from = server.end();
  with.out.heading("one message of " + number(static_cast<double>(octets) / 1e6, 0) + " MB (synthetic server)");
  runs drains;
  runs headers_first;
  runs one_pass;
  for (int i = 0; i < with.rounds; ++i) {
    const test::temp_dir folder;
    drains.push_back(with.work.drain(from, "INBOX", {fetch_bodies}));
    headers_first.push_back(with.work.sync(from, folder / "default.outmap"));
    one_pass.push_back(with.work.sync(from, folder / "one-pass.outmap", {.header_date = true}));
  }
  with.out.table({{"drain", drains, drains},
                  {"outmap, default settings", headers_first, drains, {}, true},
                  {"outmap, bodies in one pass", one_pass, drains, {}, true}});
}

}  // namespace outmap::bench
