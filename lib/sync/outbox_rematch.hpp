// Messages of a change, found again after their mailbox got another UIDVALIDITY.
#pragma once

#include <optional>

#include "sync/outbox_context.hpp"

namespace outmap::sync {

/// What the messages of a change are called now.
struct current_uids {
  uid_set uids;                            ///< those that can be named
  std::optional<outbox_verdict> conflict;  ///< some cannot be told from others
};

/// The mailbox is open and `now` is what it looks like. With the UIDVALIDITY of the change: its own UIDs. With another:
/// messages are found again by what the cache knows of the old ones and the server's headers tell of the new ones
/// (copy_key(), then INTERNALDATE); one that is not found is gone; where several fit, or the cache no longer knows the
/// old one, that is a conflict.
asio::awaitable<result<current_uids>> uids_now(outbox_context& with, const queued_change& change,
                                               const mailbox_mark& now);

}  // namespace outmap::sync
