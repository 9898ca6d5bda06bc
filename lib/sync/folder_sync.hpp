// One pass over one folder.
#pragma once

#include <asio/awaitable.hpp>
#include <optional>
#include <vector>

#include "outmap/report.hpp"
#include "sync/message_collector.hpp"
#include "sync/planner.hpp"
#include "sync/sync_context.hpp"

namespace outmap::sync {

/// SELECT, scan, then headers and bodies of what is new, newest first, with the next command always on its way. What
/// comes is queued for the writer at once, so a run that is stopped anywhere goes on from there.
class folder_sync {
 public:
  folder_sync(sync_context& with, cache::folder_id folder, folder_report& report)
      : with_(with), folder_(folder), report_(report) {}

  /// Errors: of scope folder when only this folder suffers (refused SELECT, no UIDVALIDITY); otherwise the run is over.
  asio::awaitable<result<void>> run();

 private:
  asio::awaitable<result<void>> select();
  asio::awaitable<result<void>> scan();
  asio::awaitable<result<void>> fetch_headers(const uid_set& wanted, bool with_date);
  asio::awaitable<result<void>> fetch_bodies(const uid_set& wanted);
  asio::awaitable<result<void>> fetch(profile::fetch_form form, wire::body_section section,
                                      const std::vector<uid_set>& batches, uid_set& arrived);
  asio::awaitable<result<void>> settle_missing(const uid_set& missing);
  asio::awaitable<result<std::vector<seen_message>>> scan_uids(profile::message_set set);
  void leave_out_hopeless();
  void apply(const folder_plan& todo);
  void quarantine(uid which, std::string reason);
  void quarantine_culprit(const error& why);
  arrival_listener listener(wire::body_section section);

  sync_context& with_;
  cache::folder_id folder_;
  folder_report& report_;
  folder_plan plan_;
  std::vector<cache::quarantine_record> quarantined_before_;
  bool may_adopt_ = false;
  std::optional<error> doubt_;
};

}  // namespace outmap::sync
