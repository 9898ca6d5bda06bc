// What a DIGEST-MD5 server says (RFC 2831 2.1.1 and 2.1.3).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "outmap/error.hpp"

namespace outmap::auth {

/// `name=value` with the name in lower case and the value without quotes and escapes.
struct digest_directive {
  std::string name;
  std::string value;
};

/// A comma-separated list as RFC 2616 2.1 has it: white space around elements, empty elements. Error
/// malformed_response.
result<std::vector<digest_directive>> parse_digest_directives(std::string_view text);

/// The parts of a challenge that a client needs which takes qop=auth. Octets in the charset of the challenge.
struct digest_challenge {
  std::vector<std::string> realms;
  std::string nonce;
  bool utf8 = false;  ///< else ISO 8859-1
};

inline constexpr std::size_t largest_digest_challenge = 2047;

/// Errors: limit_exceeded; malformed_response with a text for each fault; mechanism_failed when the server asks for a
/// security layer or another algorithm (OIMAP-V0030).
result<digest_challenge> parse_digest_challenge(std::string_view text);

/// The value of rspauth in the server's last challenge. Error malformed_response.
result<std::string> parse_digest_rspauth(std::string_view text);

}  // namespace outmap::auth
