// Mailbox names as a client writes them.
#pragma once

#include "profile/audit_findings.hpp"
#include "profile/audit_scanner.hpp"

namespace outmap::profile {

enum class name_use { existing, made };

/// 7 bit (OIMAP-V0013), modified UTF-7 (V0021), no control characters in a name that is made (V0018), atom, quoted or
/// literal by length (V0017).
void judge_mailbox(const scanned_string& name, name_use use, audit_findings& to);

/// A pattern of LIST and LSUB: as a name, with wildcards, and any quoting.
void judge_pattern(const scanned_string& pattern, audit_findings& to);

/// The reference of LIST and LSUB: empty, or ending where a name below it could go on (XIMAP-V0031).
void judge_reference(const scanned_string& reference, audit_findings& to);

}  // namespace outmap::profile
