// Numbers as people read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "outmap/types.hpp"

namespace outmap::cli {

/// "0 B", "999 B", "1.0 kB", "12.3 MB", "600 MB": decimal units, three digits at least.
std::string octets_text(std::uint64_t octets);

/// "0.4 s", "12 s", "3 min 05 s", "2 h 03 min".
std::string duration_text(double seconds);

/// "1 message", "2 messages".
std::string counted(std::uint64_t n, std::string_view singular, std::string_view plural);

/// "2024-03-01 12:30" in the zone of this machine; for JSON "2024-03-01T12:30:00+01:00" in the zone it was written in.
/// Empty for a date no calendar holds.
std::string local_time_text(std::int64_t unix_seconds);
std::string iso_text(const internal_date& date);
std::string iso_utc_text(std::int64_t unix_seconds);

}  // namespace outmap::cli
