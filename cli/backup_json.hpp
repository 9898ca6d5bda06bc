// Runs of a backup as fields of JSON events.
#pragma once

#include "cli/output.hpp"
#include "outmap/backup.hpp"

namespace outmap::cli {

json json_of(const backup_run& run);

}  // namespace outmap::cli
