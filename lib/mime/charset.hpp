// Text of the character sets that mail comes in, as UTF-8.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace outmap::mime {

/// `text` as UTF-8. Nothing if the name is not one of a character set in use for mail, if this system cannot convert
/// it, or if the octets are not text of it. The names are a closed list: converters that nobody needs are never
/// loaded on the word of a stranger. Where mail programs mean more than the name says (Shift_JIS, EUC-KR, GB2312,
/// Big5), the larger set of Windows is meant.
std::optional<std::string> to_utf8(std::string_view charset, std::string_view text);

/// As much of `text` as can be read, as UTF-8, at most `most` octets of it, cut between characters. What is not text of
/// the set becomes U+FFFD; a set that is empty or none of ours is taken for UTF-8 if the text can be that, else for
/// Windows-1252, which most who name no set mean. Never fails.
std::string readable_utf8(std::string_view charset, std::string_view text, std::size_t most);

/// Cuts `text` to at most `most` octets, between characters.
void cut_utf8(std::string& text, std::size_t most);

}  // namespace outmap::mime
