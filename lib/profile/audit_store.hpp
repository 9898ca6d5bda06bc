// What a client asks STORE for, and which flags it sends.
#pragma once

#include <string_view>

#include "profile/audit_findings.hpp"

namespace outmap::profile {

/// `asked` is what stands behind the set: one of thirteen forms, to the letter (OIMAP-V0056).
void judge_store(std::string_view asked, audit_findings& to);

/// A flag list with its parentheses, of APPEND or of a STORE: the five system flags and nothing else.
void judge_flags(std::string_view list, audit_findings& to);

}  // namespace outmap::profile
