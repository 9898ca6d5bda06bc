// STORE of a queued change.
#pragma once

#include "sync/outbox_context.hpp"

namespace outmap::sync {

/// The flags as the profile sends them (OIMAP-V0056): one +FLAGS.SILENT or -FLAGS.SILENT a flag; \Deleted and \Seen
/// that are set together by +FLAGS (\Deleted \Seen); \Draft by FLAGS alone, with what else the message has now. That
/// list cannot carry keywords (OIMAP-V0005) and replaces all, so a message with keywords is left as it is and the change
/// is in conflict; its other flags are set.
///
/// Afterwards the flags are asked for: what the server says it has is what the cache is told. Messages that are gone
/// need no flags (XIMAP-2.1.2): nothing_left if none is there. Where the server said OK and some message does not have
/// what was asked for, that is a conflict that says so (XIMAP-2.3). May be repeated at any time.
asio::awaitable<outbox_result> replay_store(outbox_context& with, const queued_change& change);

/// The second half of a move: \Deleted on the originals.
asio::awaitable<outbox_result> mark_deleted(outbox_context& with, const queued_change& change);

}  // namespace outmap::sync
