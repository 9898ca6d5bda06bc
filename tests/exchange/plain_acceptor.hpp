// SASL PLAIN (RFC 4616), server side.
#pragma once

#include "sasl_acceptor.hpp"

namespace outmap::exchange {

/// The authorization identity may be empty or the same account.
class plain_acceptor : public sasl_acceptor {
 public:
  explicit plain_acceptor(const acceptor_setup& setup) : setup_(setup) {}
  sasl_answer step(std::string_view response) override;

 private:
  const acceptor_setup& setup_;
};

}  // namespace outmap::exchange
