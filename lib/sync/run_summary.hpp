// What the folders' failures make of a run. Pure.
#pragma once

#include <optional>

#include "outmap/report.hpp"

namespace outmap::sync {

/// guard_tripped if a guard kept something in some folder; otherwise incomplete, if anything is.
std::optional<error> summary_of(const sync_report& report);

}  // namespace outmap::sync
