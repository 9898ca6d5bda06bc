// When a message says it was written.
#pragma once

#include <optional>
#include <string_view>

#include "outmap/types.hpp"

namespace outmap {

/// The date-time of a Date field's body (RFC 5322 3.3), also in its obsolete form (4.3): years of two or three digits,
/// zones by name, comments, seconds or zone left out (then 0 and UTC). Folding must be removed. Nothing if it is no
/// point in time.
std::optional<internal_date> parse_date_field(std::string_view body);

/// That of the first Date field in a message's header (OIMAP-V0006). Looks at no more than the header.
std::optional<internal_date> date_of_header(std::string_view header);

}  // namespace outmap
