// NTLM, server side ([MS-NLMP]): makes the CHALLENGE and verifies the response against the account's password.
#pragma once

#include "auth/ntlm_message.hpp"
#include "sasl_acceptor.hpp"

namespace outmap::exchange {

/// Verifies NTLMv2 with its MIC, NTLMv1 with extended session security and NTLMv1, the last two if the options accept
/// them. An LM response alone never counts.
class ntlm_acceptor : public sasl_acceptor {
 public:
  explicit ntlm_acceptor(const acceptor_setup& setup) : setup_(setup) {}
  sasl_answer step(std::string_view response) override;

 private:
  sasl_answer challenge(std::string_view negotiate);
  sasl_answer verify(std::string_view authenticate);
  /// The response proves this password. Error: the computation or the response's form.
  [[nodiscard]] result<bool> proves(const auth::authenticate_message& message, std::string_view octets,
                                    std::string_view password) const;
  [[nodiscard]] result<bool> proves_v1(const auth::authenticate_message& message, std::string_view password) const;
  [[nodiscard]] result<bool> proves_v2(const auth::authenticate_message& message, std::string_view octets,
                                       std::string_view password) const;

  const acceptor_setup& setup_;
  std::string negotiate_;
  std::string challenge_;
  auth::octets8 server_challenge_{};
  std::uint32_t flags_ = 0;
};

}  // namespace outmap::exchange
