#include "cli/sync_totals.hpp"

namespace outmap::cli {

sync_totals::sync_totals(const sync_report& report) : folders(report.folders.size()) {
  for (const auto& f : report.folders) {
    failed_folders += f.failure ? 1 : 0;
    added += f.added;
    flags_changed += f.flags_changed;
    vanished += f.vanished;
    bodies += f.bodies;
    octets += f.body_octets;
    adopted += f.adopted;
    quarantined += f.quarantined;
    given_up += f.forecast ? f.forecast->given_up : 0;
  }
}

}  // namespace outmap::cli
