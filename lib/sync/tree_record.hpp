// The folder tree, written down.
#pragma once

#include <asio/awaitable.hpp>
#include <vector>

#include "sync/folder_listing.hpp"
#include "sync/sync_context.hpp"

namespace outmap::sync {

/// Records a complete listing; folders that are not in it are marked gone. Gives the folders' ids in the order of
/// `tree`, after the commit. errc::guard_tripped, and nothing is recorded, if too many folders would be lost.
asio::awaitable<result<std::vector<cache::folder_id>>> record_tree(sync_context& with,
                                                                   const std::vector<listed_mailbox>& tree);

}  // namespace outmap::sync
