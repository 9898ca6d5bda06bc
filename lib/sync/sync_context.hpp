// What every part of a sync works with.
#pragma once

#include <cstdint>
#include <functional>

#include "cache/reader.hpp"
#include "cache/writer.hpp"
#include "outmap/config.hpp"
#include "outmap/observer.hpp"
#include "profile/capabilities.hpp"
#include "sync/change_listener.hpp"

namespace outmap::sync {

/// Lives as long as the run. `now` gives Unix seconds.
struct sync_context {
  cache::writer& to;
  cache::reader& from;
  const account_config& account;
  observer& watch;
  std::function<std::int64_t()> now;
  bool quick = false;  ///< only what is new, where the counts allow it
  deletion_limit deletions = {};
  bool retry_quarantined = false;  ///< whether their time has come or not
  progress so_far = {};            ///< of the whole run
  profile::dialect dialect = profile::dialect::imap4rev1;
  /// The server has refused to list an empty mailbox: one that may be empty is opened before it is listed.
  bool cautious = false;
  change_listener* told = nullptr;  ///< null: nobody asks
};

}  // namespace outmap::sync
