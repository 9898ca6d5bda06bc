// NTLM as a client speaks it ([MS-NLMP], connection-oriented).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "auth/ntlm_message.hpp"
#include "auth/sasl_mechanism.hpp"

namespace outmap::auth {

/// How the client presents itself; the values are those of the Outlook of [MS-OXIMAP4] 4.1. Unicode is always among
/// the flags, since some acceptors refuse a client that offers OEM alone. Neither signing nor sealing nor key exchange
/// is: nothing is protected after the log-on (OIMAP-V0030).
struct ntlm_profile {
  std::uint32_t flags = ntlm_flag::unicode | ntlm_flag::oem | ntlm_flag::request_target | ntlm_flag::ntlm |
                        ntlm_flag::always_sign | ntlm_flag::extended_session_security | ntlm_flag::version |
                        ntlm_flag::key_128 | ntlm_flag::key_56;
  ntlm_product product{5, 1, 2600, 15};
};

/// "DOMAIN\user" in its two parts. Without a backslash the domain is empty and the user whole, "user@realm" too: a
/// user principal name is one name to an acceptor, and it finds the domain itself.
struct ntlm_identity {
  std::string domain;
  std::string user;
};
ntlm_identity split_ntlm_user(std::string_view user);

/// Three steps: NEGOTIATE, AUTHENTICATE, and nothing after that. `version` is what the policy says and is never
/// lowered by what the acceptor offers (NTLM-1.7-02).
class ntlm_client : public sasl_mechanism {
 public:
  ntlm_client(ntlm_version version, credentials who, std::size_t largest_challenge, ntlm_profile profile = {});

  [[nodiscard]] std::string_view name() const override { return "NTLM"; }
  result<std::string> step(std::string_view challenge) override;
  [[nodiscard]] bool complete() const override { return state_ == state::authenticated; }

 private:
  enum class state { start, negotiated, authenticated, failed };

  result<std::string> negotiate();
  result<std::string> authenticate(std::string_view challenge);
  [[nodiscard]] result<void> check(const challenge_message& challenge) const;
  result<void> respond_v1(const legacy_crypto& legacy, const challenge_message& challenge, authenticate_message& out);
  result<key16> respond_v2(const legacy_crypto& legacy, const challenge_message& challenge, authenticate_message& out);
  [[nodiscard]] result<std::vector<av_pair>> response_pairs(const std::vector<av_pair>& offered) const;

  ntlm_version version_;
  credentials who_;
  ntlm_identity identity_;
  std::size_t largest_challenge_;
  ntlm_profile profile_;
  std::string negotiate_;
  state state_ = state::start;
};

}  // namespace outmap::auth
