// The computations of DIGEST-MD5 (RFC 2831 2.1.2.1 and 2.1.3), qop=auth, no authorization identity.
#pragma once

#include <string>
#include <string_view>

#include "auth/ntlm_crypto.hpp"
#include "outmap/error.hpp"

namespace outmap::auth {

/// H(user:realm:password), the octets as they are hashed.
result<key16> digest_secret(std::string_view user, std::string_view realm, std::string_view password);

struct digest_exchange {
  std::string nonce;
  std::string cnonce;
  std::string digest_uri;
};

enum class digest_side {
  client,  ///< the value of response
  server,  ///< the value of rspauth
};

/// 32 lower-case hexadecimal digits, nonce count 1.
result<std::string> digest_response(const key16& secret, const digest_exchange& exchange, digest_side side);

}  // namespace outmap::auth
