// EXPUNGE, where the user asked for it.
#pragma once

#include "sync/outbox_context.hpp"

namespace outmap::sync {

/// EXPUNGE takes every message that is \Deleted, whoever marked it. So the server's \Deleted messages are listed first:
/// if there is one that the user did not see when the purge was recorded, nothing is sent and the change is in conflict,
/// saying how many more there are. Where the mailbox was numbered anew, too. Nothing that is \Deleted: nothing_left. The
/// cache is told what is gone, also by an EXPUNGE whose answer was lost.
asio::awaitable<outbox_result> replay_purge(outbox_context& with, const queued_change& change);

}  // namespace outmap::sync
