// How many unread messages each mailbox holds.
#pragma once

#include <asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <vector>

#include "outmap/types.hpp"
#include "session/session.hpp"

namespace outmap::sync {

/// STATUS (UNSEEN) for one mailbox after the other (OIMAP-V0044, V0045), a few under way at a time so that a command of
/// the user that is started meanwhile gets in between. `tell` gets the mailbox's index and its count; a mailbox whose
/// STATUS is refused is passed over.
asio::awaitable<result<void>> count_unseen(session::session& on, const std::vector<mailbox_name>& of,
                                           std::function<void(std::size_t index, std::uint32_t unseen)> tell);

}  // namespace outmap::sync
