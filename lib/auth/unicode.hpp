// The character sets that NTLM and DIGEST-MD5 hash: UTF-16LE and ISO 8859-1, from UTF-8.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "outmap/error.hpp"

namespace outmap::auth {

/// `what` names the value in the error text; the value itself, which may be a password, is never in it.
/// Error invalid_argument: not UTF-8 (overlong forms and surrogates included).
result<std::string> utf16le_from_utf8(std::string_view utf8, std::string_view what);

/// Nothing when a character lies past U+00FF. Error invalid_argument: not UTF-8.
result<std::optional<std::string>> latin1_from_utf8(std::string_view utf8, std::string_view what);

/// Simple upper-casing, one UTF-16 unit to one, of UTF-16LE octets: ASCII, Latin-1, Latin Extended-A, Greek, Cyrillic
/// and Armenian. Other letters stay as they are, so a user with such letters types them in upper case.
std::string upper_case_utf16le(std::string_view utf16le);

[[nodiscard]] bool is_ascii(std::string_view text);

}  // namespace outmap::auth
