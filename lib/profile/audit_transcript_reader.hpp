// Reads transcripts that hold both sides in one file.
#pragma once

#include <string>

#include "profile/audit_form.hpp"
#include "profile/audit_line_reader.hpp"

namespace outmap::profile {

/// Forms text and combined. In text an octet that stands as \xNN is given back as itself, as outmap's transcript wrote
/// it; a "# " line is a note, without the time it may begin with. "C2: ", "S2: " and "# [2] " are lines of the session with
/// that number. Lines of no known kind are counted and passed over.
class audit_transcript_reader {
 public:
  audit_transcript_reader(audit_line_reader& lines, audit_form form) : lines_(lines), form_(form) {}

  /// False at the end.
  result<bool> next(audit_line& out);
  [[nodiscard]] std::uint64_t passed_over() const { return passed_over_; }

 private:
  bool begin_text(std::string_view& line);
  bool begin_combined(std::string_view& line, audit_line& out);

  audit_line_reader& lines_;
  audit_form form_;
  audit_side side_ = audit_side::note;
  unsigned session_ = 1;
  bool known_ = false;
  bool goes_on_ = false;
  std::uint64_t passed_over_ = 0;
  std::string text_;
};

}  // namespace outmap::profile
