// Readers of what decides how much a sync fetches, keeps and lets go: as options and as keys of the file.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "outmap/config.hpp"

namespace outmap::cli {

/// "30": more than 30 messages of a folder are too many; "80%": more than so large a share is, beyond the few that may
/// always go.
result<deletion_limit> deletion_limit_from(std::string_view text);

/// "forever" (nothing), "none" (0), or a number of days.
result<std::optional<std::uint32_t>> keep_expunged_from(std::string_view text);

/// "all" or "none".
result<body_mode> body_mode_from(std::string_view text);

}  // namespace outmap::cli
