// APPEND of a queued message.
#pragma once

#include "sync/outbox_context.hpp"

namespace outmap::sync {

/// Sends the message in 7 bits (to_seven_bit()), drafts without the usual header fields too (OIMAP-V0046). What the
/// destination held before is recorded first. After a lost answer its new messages are looked at first: one that is the
/// same (likeness_of()) means that it is done; one that is neither certainly the same nor certainly another is a
/// conflict, with the message kept: neither a second copy nor a lost one. A mailbox that does not open, a message that
/// cannot go out in 7 bits: a conflict. [TRYCREATE] makes no mailbox (OIMAP-V0047).
asio::awaitable<outbox_result> replay_append(outbox_context& with, const queued_change& change);

}  // namespace outmap::sync
