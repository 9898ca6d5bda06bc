// SASL DIGEST-MD5 (RFC 2831), server side: qop=auth, no subsequent authentication.
#pragma once

#include "sasl_acceptor.hpp"

namespace outmap::exchange {

class digest_md5_acceptor : public sasl_acceptor {
 public:
  explicit digest_md5_acceptor(const acceptor_setup& setup) : setup_(setup) {}
  std::optional<std::string> first_challenge() override;
  /// The response, answered by rspauth; then an empty response.
  sasl_answer step(std::string_view response) override;

 private:
  const acceptor_setup& setup_;
  std::string nonce_;
  std::string proved_user_;
};

}  // namespace outmap::exchange
