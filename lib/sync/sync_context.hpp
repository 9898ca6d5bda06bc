// What every part of a sync works with.
#pragma once

#include <cstdint>
#include <functional>

#include "cache/reader.hpp"
#include "cache/writer.hpp"
#include "outmap/config.hpp"
#include "outmap/observer.hpp"
#include "session/session.hpp"

namespace outmap::sync {

/// Lives as long as the run. `now` gives Unix seconds.
struct sync_context {
  session::session& on;
  cache::writer& to;
  cache::reader& from;
  const account_config& account;
  observer& watch;
  std::function<std::int64_t()> now;
  progress so_far;                      ///< of the whole run
};

}  // namespace outmap::sync
