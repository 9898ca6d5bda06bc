// The lines of a client inside AUTHENTICATE. Nothing of them is kept or repeated.
#pragma once

#include <string>
#include <string_view>

#include "profile/audit_findings.hpp"
#include "profile/audit_line.hpp"

namespace outmap::profile {

class audit_sasl_lines {
 public:
  explicit audit_sasl_lines(std::string mechanism) : mechanism_(std::move(mechanism)) {}

  /// True when the line is whole; `to` has then what is wrong with it.
  bool add(const audit_line& line, audit_findings& to);
  /// The line that was last made whole cancels the exchange.
  [[nodiscard]] bool cancels() const { return cancels_; }
  /// Nothing of a line has come.
  [[nodiscard]] bool at_boundary() const { return octets_ == 0; }

 private:
  void judge(audit_findings& to);
  void judge_ntlm(std::string_view message, audit_findings& to) const;

  std::string mechanism_;
  std::string front_;  // wiped with each line
  std::size_t octets_ = 0;
  bool base64_ = true;
  bool cancels_ = false;
  int lines_ = 0;
};

}  // namespace outmap::profile
