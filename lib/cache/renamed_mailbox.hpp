// What a RENAME does to names.
#pragma once

#include <optional>

#include "outmap/types.hpp"

namespace outmap::cache {

/// What `name` is called once `from` is called `to` and all that is below it has gone with it (RFC 3501 6.3.5); nothing
/// where it is neither. Without a hierarchy delimiter nothing is below.
std::optional<mailbox_name> renamed_mailbox(const mailbox_name& name, const mailbox_name& from, const mailbox_name& to,
                                            std::optional<char> delimiter);

}  // namespace outmap::cache
