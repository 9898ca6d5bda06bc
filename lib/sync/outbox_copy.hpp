// COPY, and the move that is made of it.
#pragma once

#include "sync/outbox_context.hpp"

namespace outmap::sync {

/// The server may cut the COPY off anywhere: what the destination held before is recorded first, and after a lost
/// answer it is looked at first (look_for_copies()); only what is missing is copied. Of messages that are gone the rest
/// is copied; with none left, and where a mailbox does not open, the change is in conflict. [TRYCREATE] makes no mailbox
/// (OIMAP-V0058).
asio::awaitable<outbox_result> replay_copy(outbox_context& with, const queued_change& change);

/// The copy, recorded as made, then \Deleted on the originals; never EXPUNGE.
asio::awaitable<outbox_result> replay_move(outbox_context& with, const queued_change& change);

}  // namespace outmap::sync
