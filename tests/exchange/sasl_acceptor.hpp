// The server's side of a SASL mechanism.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server.hpp"

namespace outmap::exchange {

/// The four outcomes of NTLM-3.2.5.2-01.
enum class sasl_outcome {
  challenge,  ///< send it and wait for the next response
  accepted,
  refused,  ///< unknown user or wrong password
  corrupt,  ///< the response is no message of the mechanism
};

struct sasl_answer {
  sasl_outcome outcome = sasl_outcome::corrupt;
  std::string text;  ///< decoded challenge, the user's name, or the reason
};

/// One attempt. Responses come decoded.
class sasl_acceptor {
 public:
  virtual ~sasl_acceptor() = default;
  /// Mechanisms where the server speaks first give their challenge here; the others nothing.
  virtual std::optional<std::string> first_challenge() { return std::nullopt; }
  virtual sasl_answer step(std::string_view response) = 0;
};

/// Lives longer than the acceptors.
struct acceptor_setup {
  std::vector<account> accounts;
  ntlm_options ntlm;
  std::string realm = "localhost";                                                          ///< of DIGEST-MD5
  std::function<std::unique_ptr<sasl_acceptor>(std::string_view mechanism)> acceptor = {};  ///< asked first
};

/// `name` in upper case; nothing for a mechanism that the server cannot do, such as GSSAPI.
std::unique_ptr<sasl_acceptor> make_acceptor(std::string_view name, const acceptor_setup& setup);

}  // namespace outmap::exchange
