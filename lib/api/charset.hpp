// Text of the character sets that mail comes in, as UTF-8.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace outmap {

/// `text` as UTF-8. Nothing if the name is not one of a character set in use for mail, if this system cannot convert
/// it, or if the octets are not text of it. The names are a closed list: converters that nobody needs are never
/// loaded on the word of a stranger. Where mail programs mean more than the name says (Shift_JIS, EUC-KR, GB2312,
/// Big5), the larger set of Windows is meant.
std::optional<std::string> to_utf8(std::string_view charset, std::string_view text);

}  // namespace outmap
