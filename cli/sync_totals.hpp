// What a sync, or its forecast, comes to over all folders.
#pragma once

#include <cstdint>

#include "outmap/report.hpp"

namespace outmap::cli {

struct sync_totals {
  std::uint64_t folders = 0;
  std::uint64_t failed_folders = 0;
  std::uint64_t added = 0;
  std::uint64_t flags_changed = 0;
  std::uint64_t vanished = 0;
  std::uint64_t bodies = 0;
  std::uint64_t octets = 0;
  std::uint64_t adopted = 0;
  std::uint64_t quarantined = 0;
  std::uint64_t given_up = 0;  ///< of a forecast alone

  explicit sync_totals(const sync_report& report);
};

}  // namespace outmap::cli
