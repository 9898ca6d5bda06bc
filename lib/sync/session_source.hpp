// Where more sessions of an account come from.
#pragma once

#include <asio/awaitable.hpp>
#include <memory>

#include "outmap/error.hpp"
#include "session/session.hpp"

namespace outmap::sync {

/// Belongs to one executor.
class session_source {
 public:
  virtual ~session_source() = default;
  /// A session that is logged in and ready for a sync. `number` counts from 0, the run's first session.
  virtual asio::awaitable<result<std::unique_ptr<session::session>>> open(std::size_t number) = 0;
  /// Ends an open() under way, and each later one, with an error.
  virtual void abandon() = 0;
};

}  // namespace outmap::sync
