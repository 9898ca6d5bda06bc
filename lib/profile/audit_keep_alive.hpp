// The times of a client's lines, where a transcript has them (OIMAP-V0025, V0028).
#pragma once

#include <cstdint>
#include <optional>

#include "profile/audit_findings.hpp"

namespace outmap::profile {

/// Times are microseconds; a time that goes back is passed over.
class audit_keep_alive {
 public:
  /// Every line of the client counts as life.
  void line(std::int64_t now) { last_ = now; }
  /// The begin of a command, before line(): how long was it silent?
  void judge_gap(std::int64_t now, audit_findings& to) const;
  /// Any command but IDLE.
  void command(std::int64_t now) { last_command_ = now; }
  /// IDLE after IDLE does not reset the timer of every server.
  void judge_idle(std::int64_t now, audit_findings& to) const;

 private:
  std::optional<std::int64_t> last_;
  std::optional<std::int64_t> last_command_;
};

}  // namespace outmap::profile
