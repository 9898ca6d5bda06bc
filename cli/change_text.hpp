// Changes of the outbox, and what became of them, as text and as JSON.
#pragma once

#include <string>

#include "cli/output.hpp"
#include "outmap/queued_change.hpp"

namespace outmap::cli {

/// "copy 3 messages from INBOX to Projects". Printable.
std::string change_text(const queued_change& change);

/// Why it is not done: the server's words, ours. Printable.
std::string remark_text(const queued_change& change);

/// "\Seen \Draft" of system_flag bits.
std::string flags_text(std::uint8_t system_bits);

/// Names of mailboxes as they stand on the wire.
json json_of(const queued_change& change);

}  // namespace outmap::cli
