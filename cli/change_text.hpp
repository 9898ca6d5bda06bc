// Changes of the outbox, and what became of them, as text and as JSON.
#pragma once

#include <string>

#include "cli/output.hpp"
#include "outmap/queued_change.hpp"

namespace outmap::cli {

/// "copy 3 messages from INBOX to Projects". Printable.
std::string change_text(const queued_change& change);

/// change_text() with the UIDs, of which a long list is cut. Printable.
std::string planned_text(const queued_change& change);

/// "17,20", or the beginning of a long list.
std::string uids_text(const uid_set& uids);

/// Whether a run that sends at this time (Unix seconds) would try it: it waits neither for the user's word nor for
/// another time.
bool is_to_be_sent(const queued_change& change, std::int64_t now);

/// Why it is not done: the server's words, ours. Printable.
std::string remark_text(const queued_change& change);

/// "\Seen \Draft" of system_flag bits.
std::string flags_text(std::uint8_t system_bits);

/// Names of mailboxes as they stand on the wire.
json json_of(const queued_change& change);
/// What is asked for alone: the change is not recorded.
json json_of_planned(const queued_change& change);

}  // namespace outmap::cli
