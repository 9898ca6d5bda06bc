// Base64 by OpenSSL, so that tests check outmap's own with somebody else's.
#pragma once

#include <string>
#include <string_view>

namespace outmap::test {

std::string to_base64(std::string_view octets);
/// Throws std::invalid_argument when `text` is no padded base64.
std::string from_base64(std::string_view text);

}  // namespace outmap::test
