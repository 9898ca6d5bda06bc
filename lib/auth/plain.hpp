// SASL PLAIN (RFC 4616).
#pragma once

#include <utility>

#include "auth/sasl_mechanism.hpp"

namespace outmap::auth {

/// One step. Whether the password may go out in the clear is the ladder's to decide (OIMAP-V0031).
class plain : public sasl_mechanism {
 public:
  explicit plain(credentials who) : who_(std::move(who)) {}

  [[nodiscard]] std::string_view name() const override { return "PLAIN"; }
  /// No authorization identity: the server derives it from the user. The challenge is empty by the RFC and not
  /// looked at. Errors: credentials_missing; invalid_argument for a NUL, which is the separator, or text that is not
  /// UTF-8.
  result<std::string> step(std::string_view challenge) override;
  [[nodiscard]] bool complete() const override { return complete_; }

 private:
  credentials who_;
  bool complete_ = false;
};

}  // namespace outmap::auth
