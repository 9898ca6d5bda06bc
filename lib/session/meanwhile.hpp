// Work that is done while a connection waits for its server.
#pragma once

#include <asio/any_io_executor.hpp>

#include <functional>
#include <memory>

#include "outmap/error.hpp"

namespace outmap::session {

/// Belongs to the executor. Destroyed before its turn, the work is not done.
class meanwhile {
 public:
  /// `what` has its turn as soon as the caller waits for something. Empty: nothing to do.
  meanwhile(const asio::any_io_executor& on, std::function<result<void>()> what);
  /// What the work gave, or threw. It is done now if it had no turn yet.
  result<void> finish();

 private:
  struct work;
  std::shared_ptr<work> work_;
};

}  // namespace outmap::session
