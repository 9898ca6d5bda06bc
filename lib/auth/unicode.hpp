// The character sets that NTLM and DIGEST-MD5 hash: UTF-16LE and ISO 8859-1, from UTF-8.
#pragma once

#include <string>
#include <string_view>

#include "outmap/error.hpp"

namespace outmap::auth {

/// Appends to `out` after reserving all it can need, so that an empty `out` never moves: a password leaves no copy.
/// `what` names the value in the error text; the value itself is never in it.
/// Error invalid_argument: not UTF-8 (overlong forms and surrogates included).
result<void> append_utf16le(std::string& out, std::string_view utf8, std::string_view what);

/// The same for values that are no secret.
result<std::string> utf16le_from_utf8(std::string_view utf8, std::string_view what);

/// Appends `utf8` in ISO 8859-1, or nothing and gives false when a character lies past U+00FF. As append_utf16le().
result<bool> append_latin1(std::string& out, std::string_view utf8, std::string_view what);

/// Simple upper-casing, one UTF-16 unit to one, of UTF-16LE octets: Latin as Europe and Vietnam write it, Greek,
/// Cyrillic and Armenian. The standard library only maps by locale, and a locale is global state. Other letters stay
/// as they are. The tables of acceptors differ in rare letters; a name typed in upper case is the same to all of them.
std::string upper_case_utf16le(std::string_view utf16le);

[[nodiscard]] bool is_ascii(std::string_view text);

}  // namespace outmap::auth
