// Whether a COPY whose answer was lost was done.
#pragma once

#include <optional>

#include "sync/outbox_context.hpp"

namespace outmap::sync {

struct copies_found {
  uid_set missing;                        ///< messages of the change that were not copied
  std::optional<outbox_verdict> instead;  ///< it cannot be told: a conflict, or the mailbox could not be opened
};

/// The change is in doubt. Looks for its messages among those that the destination has gained since `before`, by
/// copy_key(): the headers of the sources as the cache has them, else as the server gives them. Of messages that are
/// alike in that, as many as there are sources must be found, or none. Where something is missing, looks once more
/// after account_config::second_look: the server may have been at work still. A destination that has got another
/// UIDVALIDITY cannot be looked at. Leaves the destination open.
asio::awaitable<result<copies_found>> look_for_copies(outbox_context& with, const queued_change& change);

}  // namespace outmap::sync
