#include "sync/run_summary.hpp"

#include <cstdint>
#include <string>

namespace outmap::sync {

std::optional<error> summary_of(const sync_report& report) {
  std::uint64_t failed = 0;
  std::uint64_t quarantined = 0;
  std::uint64_t guarded = 0;
  for (const auto& f : report.folders) {
    failed += f.failure ? 1 : 0;
    quarantined += f.quarantined;
    guarded += f.failure && f.failure->code == errc::guard_tripped ? 1 : 0;
  }
  // The one that asks for a decision.
  if (guarded != 0)
    return error(errc::guard_tripped, "in " + std::to_string(guarded) + (guarded == 1 ? " folder" : " folders"));
  if (failed == 0 && quarantined == 0) return std::nullopt;
  return error(errc::incomplete, std::to_string(failed) + " folders failed, " + std::to_string(quarantined) +
                                     " messages could not be fetched");
}

}  // namespace outmap::sync
