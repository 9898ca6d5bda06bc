// Base64 as SASL uses it: one line, padding required (RFC 4648 section 4).
#pragma once

#include <string>
#include <string_view>

#include "outmap/error.hpp"

namespace outmap::auth {

std::string encode_base64(std::string_view octets);
/// Error malformed_response: a character outside the alphabet, a wrong length, data after the padding.
result<std::string> decode_base64(std::string_view text);

}  // namespace outmap::auth
