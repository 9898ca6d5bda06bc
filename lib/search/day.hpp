// Days as people write them in a search.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace outmap::search {

/// When the day, month or year begins in the zone of this machine, Unix seconds: "2024", "2024-03", "2024-03-01",
/// "today", "yesterday"; "10d", "2w", "6m", "1y": the day so long before `now`. Nothing if it is none of these.
std::optional<std::int64_t> beginning_of(std::string_view text, std::int64_t now);

}  // namespace outmap::search
