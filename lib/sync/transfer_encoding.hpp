// Content-Transfer-Encodings (RFC 2045 6).
#pragma once

#include <string>
#include <string_view>

namespace outmap::sync {

/// Every line end as CRLF, a CR or LF alone too.
std::string with_crlf(std::string_view text);

/// Lines of at most 76 octets. CRLF stays a line end; any other octet that is not printable ASCII is escaped.
std::string to_quoted_printable(std::string_view text);
/// Lines of 76 octets, with CRLF between and none at the end. Any octets.
std::string to_base64_lines(std::string_view octets);

/// What an encoded body stands for, as far as it can be read; `encoding` in lower case. Octets as they are where it is
/// none of the two that encode.
std::string decoded_body(std::string_view body, std::string_view encoding);

}  // namespace outmap::sync
