// SASL DIGEST-MD5 (RFC 2831) as a client speaks it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "auth/digest_response.hpp"
#include "auth/sasl_mechanism.hpp"

namespace outmap::auth {

/// Which name and realm go out for a user among the realms of a challenge. "name@realm" is taken apart when the server
/// names that realm (any case) or names none; else the user is whole and the first realm that is not empty is taken.
struct digest_identity {
  std::string user;
  std::string realm;
};
digest_identity choose_digest_realm(std::string_view user, const std::vector<std::string>& realms);

/// Initial authentication with qop=auth, never a security layer, so no maxbuf (OIMAP-V0030). complete() only after the
/// server proved with rspauth that it knows the password. A server may put that proof into its last challenge only:
/// an IMAP OK carries no data.
class digest_md5 : public sasl_mechanism {
 public:
  explicit digest_md5(credentials who) : who_(std::move(who)) {}

  [[nodiscard]] std::string_view name() const override { return "DIGEST-MD5"; }
  /// The response is in the charset of the challenge; what is hashed is ISO 8859-1 where it fits (2.1.2.1).
  result<std::string> step(std::string_view challenge) override;
  [[nodiscard]] bool complete() const override { return state_ == state::proved; }

 private:
  enum class state { start, responded, proved, failed };

  result<std::string> respond(std::string_view challenge);
  result<std::string> verify(std::string_view challenge);

  credentials who_;
  std::string expected_rspauth_;
  state state_ = state::start;
};

}  // namespace outmap::auth
