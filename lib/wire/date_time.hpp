// The date-time of RFC 3501 section 9, without its quotes: "17-Jul-1996 02:44:25 -0700".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "outmap/types.hpp"
#include "wire/quirks.hpp"

namespace outmap::wire {

/// Nothing if it is no valid point in time. A second of 60 counts as the first one of the next minute. Without zone
/// (quirk odd_date) it is taken as UTC.
std::optional<internal_date> parse_date_time(std::string_view text, quirks tolerated);

/// In the zone that `date` carries; a day below 10 begins with a space. Nothing if the year has no four digits or
/// the zone is not within 24 hours.
std::optional<std::string> format_date_time(internal_date date);

}  // namespace outmap::wire
