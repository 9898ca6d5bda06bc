// Mailbox names between UTF-8 in the store and their form on the wire.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "personality.hpp"

namespace outmap::exchange {

/// The name as it stands in LIST, LSUB and STATUS: modified UTF-7, cut to the longest name, then an atom, a quoted
/// string or a literal (XIMAP-V0009, XIMAP-C0003).
std::string name_on_wire(std::string_view utf8, const personality& behaves);

/// What a client sent, as UTF-8 without a trailing delimiter. Nothing when it is no modified UTF-7 (XIMAP-V0012).
std::optional<std::string> name_from_wire(std::string_view wire);

/// A LIST pattern as UTF-8, wildcards and trailing delimiter kept. Nothing as above.
std::optional<std::string> pattern_from_wire(std::string_view wire);

/// Whether a new mailbox may have this name: no empty level, depth and length in bounds (XIMAP-C0002, XIMAP-C0003).
bool name_allowed(std::string_view utf8, const personality& behaves);

/// RFC 3501 6.3.8: '*' matches anything, '%' anything but the delimiter. Both UTF-8; ASCII case is ignored if asked,
/// and always in INBOX.
bool name_matches(std::string_view pattern, std::string_view name, bool ignore_case);

}  // namespace outmap::exchange
