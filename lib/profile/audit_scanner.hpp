// Reads a client's command strictly: what departs from the grammar of RFC 3501 section 9 is a finding.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "profile/audit_client_reader.hpp"
#include "profile/audit_findings.hpp"

namespace outmap::profile {

/// How a client wrote a string.
enum class string_form { atom, quoted, literal };

struct scanned_string {
  std::string text;  ///< without quotes and escapes; of a literal what is kept
  string_form form = string_form::atom;
  const client_literal* literal = nullptr;
  std::size_t size = 0;  ///< octets of the value
};

/// After the first error of syntax failed() is true and every further call gives nothing, without a further finding.
/// Wrong spacing is a finding and no failure.
class audit_scanner {
 public:
  audit_scanner(const client_unit& unit, audit_findings& to) : unit_(unit), to_(to) {}

  /// Exactly one space (OIMAP-2.1.4), and something behind it.
  bool space();
  /// The characters up to a space or the end: tags and command words.
  std::string_view word();
  std::optional<scanned_string> astring() { return string(true, false); }
  /// list-mailbox: wildcards may stand in an atom.
  std::optional<scanned_string> pattern() { return string(true, true); }
  std::optional<scanned_string> string(bool atoms, bool wildcards);
  std::optional<std::string_view> sequence_set();
  /// "(…)" without nested parentheses, as it stands.
  std::optional<std::string_view> parenthesised();
  /// All that is left, up to the end.
  std::string_view rest();
  void end();

  [[nodiscard]] char peek() const { return at_ < unit_.text.size() ? unit_.text[at_] : '\0'; }
  [[nodiscard]] bool at_end() const { return at_ >= unit_.text.size(); }
  /// Nothing is left, or white space alone.
  [[nodiscard]] bool blank_to_end() const;
  [[nodiscard]] bool failed() const { return failed_; }
  void fail(std::string_view expected);

 private:
  std::optional<scanned_string> quoted();
  std::optional<scanned_string> literal();

  const client_unit& unit_;
  audit_findings& to_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace outmap::profile
