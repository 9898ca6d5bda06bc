// A SASL mechanism: octets in, octets out. No I/O, no clock, no randomness of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "outmap/config.hpp"
#include "outmap/error.hpp"

namespace outmap::auth {

/// Fills the span with unpredictable octets or throws; a mechanism turns the exception into mechanism_failed. Tests
/// give fixed octets.
using random_source = std::function<void(std::span<unsigned char>)>;

/// random_source on OpenSSL's generator. Throws std::runtime_error when the generator fails.
random_source system_random();

/// All that a mechanism may need to know; copied by the mechanism.
struct credentials {
  std::string user;             ///< UTF-8. "DOMAIN\user" or "user@realm"
  secret password;              ///< UTF-8
  std::string host;             ///< the server's name: digest-uri, NTLM target
  std::string workstation;      ///< NTLM only; may be empty
  std::string channel_binding;  ///< SHA-256 of the server certificate as octets (tls-server-end-point); may be empty
  std::uint64_t filetime = 0;   ///< now, in 100 ns since 1601-01-01: NTLMv2 when the server sends no timestamp
  random_source random;
};

/// One attempt. Not reusable.
class sasl_mechanism {
 public:
  virtual ~sasl_mechanism() = default;
  /// Name after AUTHENTICATE and in AUTH=.
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// Takes a decoded challenge (empty at first) and gives the decoded response. An error means: cancel with "*".
  virtual result<std::string> step(std::string_view challenge) = 0;
  /// True once the mechanism has given its last response: a tagged OK before that is a protocol error (NTLM-2.2.1-09),
  /// and for DIGEST-MD5 the server must have proved itself with rspauth.
  [[nodiscard]] virtual bool complete() const = 0;
};

/// Nothing for mechanism::login, which is a command and no SASL mechanism. `largest_challenge` is limits::challenge;
/// DIGEST-MD5 has a limit of its own (RFC 2831 2.1.1).
std::unique_ptr<sasl_mechanism> make_mechanism(mechanism m, const auth_policy& policy, credentials who,
                                               std::size_t largest_challenge = limits{}.challenge);

}  // namespace outmap::auth
