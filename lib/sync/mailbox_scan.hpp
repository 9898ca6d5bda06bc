// Which messages a mailbox holds.
#pragma once

#include <asio/awaitable.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "session/session.hpp"
#include "sync/planner.hpp"

namespace outmap::sync {

struct mailbox_scan {
  std::vector<seen_message> seen;
  std::uint32_t exists = 0;   ///< as the server counted at the end
  /// The listing has as many lines as the server counts messages. If not, what is missing in it may still be there.
  bool whole = true;
};

/// UID FETCH 1:* (UID FLAGS) in the selected mailbox of `exists` messages. A listing that contradicts EXISTS is asked
/// for once more behind a NOOP, which lets the server tell what it has removed. A refusal is an empty listing if the
/// mailbox is empty.
asio::awaitable<result<mailbox_scan>> scan_mailbox(session::session& on, std::uint32_t exists, const std::string& name);

}  // namespace outmap::sync
