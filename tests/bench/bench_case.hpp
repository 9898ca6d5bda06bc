// One family of benchmarks: what it needs and the families there are.
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/report.hpp"
#include "bench/worker.hpp"
#include "support/temp_dir.hpp"

namespace outmap::bench {

/// What the user asked for and what all families share.
struct bench_case {
  int rounds = 3;              ///< every figure is the median of this many
  double scale = 1;            ///< of the number of messages; 0.01 for a quick look
  std::filesystem::path keep;  ///< filled servers stay here; empty: nothing is kept
  bool peers = true;           ///< other programs too
  const workers& work;
  report& out;

  [[nodiscard]] std::size_t scaled(std::size_t count, std::size_t least = 10) const {
    return std::max(least, static_cast<std::size_t>(static_cast<double>(count) * scale));
  }
};

/// 20,000 messages of mixed sizes: default settings, one pass, TLS alone, mbsync.
void mixed_case(const bench_case& with);
/// 100,000 messages of 2 to 4 KiB: first sync, nothing changed, delta.
void small_case(const bench_case& with);
/// 50 ms round trip: 1,000 messages in one mailbox; 200 mailboxes of 50.
void distance_case(const bench_case& with);
/// A message of 500 MB.
void large_case(const bench_case& with);
/// 1,000,000 messages in a mailbox, 100,000 expunged at once.
void million_case(const bench_case& with);
/// 1, 10 and 100 times the messages, mailboxes and octets.
void growth_case(const bench_case& with);
/// A thread that reads the cache while a first sync writes it: how long it waits.
void reading_case(const bench_case& with);
/// New messages one by one: from the server to the app's event.
void watch_case(const bench_case& with);

}  // namespace outmap::bench
