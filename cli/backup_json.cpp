#include "cli/backup_json.hpp"

#include "cli/quantity.hpp"

namespace outmap::cli {

json json_of(const backup_run& r) {
  json out = {{"started_at", iso_utc_text(r.started_at)},
              {"ended_at", iso_utc_text(r.ended_at)},
              {"server", r.server},
              {"outcome", r.outcome},
              {"folders", r.folders},
              {"failed_folders", r.failed_folders},
              {"added", r.added},
              {"flags_changed", r.flags_changed},
              {"vanished", r.vanished},
              {"bodies", r.bodies},
              {"bytes", r.body_octets},
              {"bytes_read", r.octets_read},
              {"quarantined", r.quarantined},
              {"held_messages", r.held_messages},
              {"held_bytes", r.held_octets},
              {"held_expunged", r.held_expunged}};
  if (!r.problem.empty()) out["problem"] = r.problem;
  return out;
}

}  // namespace outmap::cli
