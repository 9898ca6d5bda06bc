// What may be sent while other commands run (OIMAP-V0026, RFC 3501 5.5).
#pragma once

#include <span>
#include <string>

#include "profile/audit_command.hpp"
#include "profile/audit_findings.hpp"

namespace outmap::profile {

/// A command whose tagged response has not come.
struct audit_running {
  std::string tag;
  read_command what;  ///< its views are not valid
};

void judge_pipelining(const read_command& next, std::span<const audit_running> running, audit_findings& to);

}  // namespace outmap::profile
