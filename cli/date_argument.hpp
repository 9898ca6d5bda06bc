// A point in time as an argument names it.
#pragma once

#include <string_view>

#include "outmap/error.hpp"
#include "outmap/types.hpp"

namespace outmap::cli {

/// "2024-03-01T12:30:00+01:00": the form in which outmap shows dates in JSON (RFC 3339 5.6). 'Z' for the zone, a blank
/// for the 'T' and a missing ":00" of seconds are understood. invalid_argument.
result<internal_date> date_from(std::string_view text);

}  // namespace outmap::cli
