// What a sync would do: the folder tree and its folders looked at, and nothing carried out.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "cache/reader.hpp"
#include "outmap/observer.hpp"
#include "outmap/report.hpp"
#include "session/session.hpp"
#include "sync/folder_listing.hpp"
#include "sync/folder_review.hpp"

namespace outmap::sync {

/// One folder after the other on one session, judged as a sync judges them. Belongs to the executor; used once.
class dry_run {
 public:
  struct order {
    const account_config& account;
    cache::reader* from;  ///< null: there is no cache yet
    observer& watch;
    folder_filter chosen;
    std::function<std::int64_t()> now;  ///< Unix seconds
    bool quick = false;
    deletion_limit deletions = {};
    bool retry_quarantined = false;
  };

  dry_run(session::session& on, const asio::any_io_executor& by, order what)
      : on_(on), pause_(by), what_(std::move(what)) {}

  /// Fills in folders, failure and forecast, as the engine would. The session is left as it is; with true it goes on.
  asio::awaitable<bool> run(sync_report& report);
  /// A pause that is under way ends; the session has to be interrupted besides.
  void cancel() { pause_.cancel(); }

 private:
  result<void> look_at_tree(const std::vector<listed_mailbox>& tree, sync_report& report);
  asio::awaitable<result<void>> look_at_folders(const std::vector<listed_mailbox>& tree, sync_report& report);
  asio::awaitable<result<void>> look_at(const listed_mailbox& mailbox, folder_report& into);
  asio::awaitable<result<void>> look(const listed_mailbox& mailbox, folder_report& into);
  asio::awaitable<result<void>> list(folder_review& review, const std::string& name);
  result<void> recall(const folder_review& review, uid_set& unconfirmed,
                      std::vector<cache::quarantine_record>& records);
  result<void> foretell(folder_review& review, folder_report& into);
  result<std::uint64_t> given_up(const folder_review& review, std::uint64_t vanished);
  result<cache::reader*> knowing(const mailbox_name& mailbox);
  asio::awaitable<result<void>> grant_pause(std::chrono::milliseconds hint, unsigned in_a_row, const error& why);

  session::session& on_;
  asio::steady_timer pause_;
  order what_;
  progress so_far_;
};

}  // namespace outmap::sync
