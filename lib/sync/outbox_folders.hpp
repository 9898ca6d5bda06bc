// CREATE, DELETE, RENAME, SUBSCRIBE and UNSUBSCRIBE of queued changes.
#pragma once

#include "sync/outbox_context.hpp"

namespace outmap::sync {

/// CREATE, DELETE and RENAME are recorded as being sent first; after a lost answer LIST decides: a CREATE whose name is
/// there, a DELETE whose name is gone or can no longer be selected, a RENAME whose old name is gone and whose new one is
/// there are done (of INBOX, which stays, the new name alone counts); the opposite is sent again; anything else is a
/// conflict. SUBSCRIBE and UNSUBSCRIBE may be repeated; where the server refuses one that LSUB shows as done, it is done.
/// Refusals carry the server's text (OIMAP-V0019) and nothing follows them (XIMAP-V0028).
asio::awaitable<outbox_result> replay_tree_change(outbox_context& with, const queued_change& change);
asio::awaitable<outbox_result> replay_subscription(outbox_context& with, const queued_change& change);

}  // namespace outmap::sync
