// Mailbox names between UTF-8 and modified UTF-7 (RFC 3501 5.1.3).
#pragma once

#include <string>
#include <string_view>

#include "outmap/error.hpp"

namespace outmap::wire {

/// UTF-8 to modified UTF-7. '&' becomes "&-" (OIMAP-V0021). Errors (unencodable): invalid UTF-8, CTL characters.
result<std::string> encode_modified_utf7(std::string_view utf8);

/// Modified UTF-7 to UTF-8. Errors (malformed_response): 8-bit octets, CTL characters (encoded or not), bad base64,
/// unpaired surrogates, an encoded character that must stand for itself, a shift that is not closed or that another
/// one follows, non-zero padding bits. So each name has one form: what decodes encodes to the same octets again.
result<std::string> decode_modified_utf7(std::string_view wire);

/// For people: the decoded name, or the wire form when it does not decode (then it may hold any octet).
std::string display_name(std::string_view wire);

}  // namespace outmap::wire
