// Where the header of a message ends.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace outmap::cache {

/// A header is looked for in this many octets; one that does not end there is not recorded.
constexpr std::size_t header_bound = std::size_t{1} << 20;

/// The octets up to and with the first empty line (RFC 3501 6.4.5, HEADER). Lines end with CRLF or LF. A whole message
/// without an empty line is all header. Nothing if the header does not end within header_bound octets or, when `begin`
/// is not the whole message, within `begin`.
std::optional<std::string_view> header_of(std::string_view begin, bool whole);

}  // namespace outmap::cache
