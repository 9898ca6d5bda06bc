// Header fields in 7 bits.
#pragma once

#include <string>
#include <string_view>

#include "outmap/error.hpp"
#include "sync/header_fields.hpp"

namespace outmap::sync {

[[nodiscard]] bool is_seven_bit(std::string_view octets);
/// Well-formed UTF-8 (RFC 3629), ASCII included.
[[nodiscard]] bool is_utf8(std::string_view octets);

/// A whole field with CRLF, 7-bit as to_seven_bit() says; one that is 7-bit already keeps its octets but for line ends.
/// errc::unencodable.
result<std::string> seven_bit_field(const header_field& field);

}  // namespace outmap::sync
