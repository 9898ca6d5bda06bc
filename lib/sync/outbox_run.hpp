// One sending of an account's outbox.
#pragma once

#include <asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "cache/outbox.hpp"
#include "cache/reader.hpp"
#include "cache/writer.hpp"
#include "outmap/config.hpp"
#include "outmap/observer.hpp"
#include "outmap/report.hpp"
#include "session/session.hpp"

namespace outmap::sync {

/// Holds the outbox and the right to send it. Belongs to one thread.
class outbox_run {
 public:
  /// Null where nothing is to be sent or to be settled. `identity` as for the account's cache. Errors: those of
  /// cache::outbox::open_existing() and lock_for_sending().
  static result<std::unique_ptr<outbox_run>> begin(const account_config& account, std::string_view identity);

  /// On a session that is logged in and whose capabilities are known; it may change the server meanwhile.
  asio::awaitable<outbox_report> replay(session::session& on, cache::writer& to, cache::reader& from, observer& watch,
                                        std::function<std::int64_t()> now);
  /// After the sync that followed replay(), committed. `everything`: it left no folder out.
  result<void> settle(const sync_report& report, bool everything);

 private:
  outbox_run(const account_config& account, cache::file_lock lock, std::unique_ptr<cache::outbox> box)
      : account_(account), lock_(std::move(lock)), box_(std::move(box)) {}

  const account_config& account_;
  cache::file_lock lock_;
  std::unique_ptr<cache::outbox> box_;
  change_id last_ = 0;
};

}  // namespace outmap::sync
