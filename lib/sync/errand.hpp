// One command that a folder wants carried out in its mailbox.
#pragma once

#include <cstdint>
#include <memory>

#include "outmap/uid_set.hpp"
#include "profile/command.hpp"
#include "session/session.hpp"

namespace outmap::sync {

/// What a folder_sync hands out and takes back with its outcome.
struct errand {
  enum class purpose {
    open,     ///< SELECT alone
    list,     ///< which messages there are
    recount,  ///< NOOP, so that the server may tell what it has removed
    headers,
    bodies,
    recheck,  ///< whether messages that did not come are still there
    single,   ///< one body once more
  };

  purpose why = purpose::open;
  uid_set wanted;                               ///< of headers, bodies, recheck, single
  profile::command what;                        ///< unless `why` is open
  std::unique_ptr<session::responder> answers;  ///< unless `why` is open
  std::uint64_t weight = 1;                     ///< about how many messages will come
};

}  // namespace outmap::sync
