// Bodies of single messages on demand.
#pragma once

#include <asio/awaitable.hpp>
#include <string>

#include "outmap/report.hpp"
#include "session/session.hpp"
#include "sync/arrivals.hpp"
#include "sync/folder_quarantine.hpp"
#include "sync/message_collector.hpp"
#include "sync/sync_context.hpp"

namespace outmap::sync {

/// Fetches what the cache knows and does not hold, newest first, in the form of a sync. What comes is queued for the
/// writer at once. Belongs to one executor; used once.
class body_fetch {
 public:
  body_fetch(sync_context& with, mailbox_name mailbox);

  /// Sorts `asked` by what the cache holds; whether there is anything to ask the server for. Error: no_such_mailbox,
  /// cache.
  result<bool> prepare(const uid_set& asked);
  /// Errors before anything was fetched: the mailbox cannot be opened, or its UIDs are others by now (no_such_message).
  /// Later ones stand in the report.
  asio::awaitable<result<void>> run(session::session& on);
  /// After run(), or instead of it.
  [[nodiscard]] fetch_report finish();

 private:
  asio::awaitable<result<void>> open(session::session& on);
  asio::awaitable<result<void>> fetch(session::session& on, const uid_set& what, std::uint64_t batch);
  asio::awaitable<result<uid_set>> still_there(session::session& on, const uid_set& what);
  asio::awaitable<result<void>> fetch_all(session::session& on);
  arrival_listener listener();
  void answered(const uid_set& asked, const message_collector& came, bool ok);
  void note_quarantined(uid which, std::string_view reason);

  sync_context& with_;
  mailbox_name mailbox_;
  std::string name_;
  cache::sync_start start_;
  std::optional<folder_quarantine> quarantine_;
  uid_set stand_ins_;
  uid_set wanted_;
  uid_set words_;  // of these the server's words about a failure have come
  std::optional<arrivals> arrivals_;
  fetch_report report_;
};

}  // namespace outmap::sync
