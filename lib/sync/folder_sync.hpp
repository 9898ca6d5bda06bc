// One pass over one folder, as a sequence of errands that any session may run.
#pragma once

#include <asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "outmap/report.hpp"
#include "sync/arrivals.hpp"
#include "sync/command_size.hpp"
#include "sync/errand_queue.hpp"
#include "sync/flag_updates.hpp"
#include "sync/folder_listing.hpp"
#include "sync/folder_quarantine.hpp"
#include "sync/folder_review.hpp"
#include "sync/message_collector.hpp"
#include "sync/selection.hpp"
#include "sync/sync_context.hpp"

namespace outmap::sync {

/// Lists the mailbox, then fetches headers and, unless account_config::bodies is none, bodies of what is new, newest
/// first. What comes is queued for the writer
/// at once, so a run that is stopped anywhere goes on from there. Errands that are ready together may run in any order,
/// on several sessions at once; each must come back by settle() or give_back(). Belongs to one executor.
class folder_sync {
 public:
  folder_sync(sync_context& with, cache::folder_id folder, listed_mailbox mailbox, std::string name);

  [[nodiscard]] const mailbox_name& mailbox() const { return report_.mailbox; }
  [[nodiscard]] const std::string& name() const { return report_.name; }
  [[nodiscard]] const folder_report& report() const { return report_; }
  [[nodiscard]] bool begun() const { return stage_ != stage::waiting; }
  [[nodiscard]] bool dropped() const { return dropped_; }
  [[nodiscard]] bool done() const { return stage_ == stage::done; }
  /// take() has something to give.
  [[nodiscard]] bool ready() const { return stage_ == stage::waiting || !ready_.empty(); }

  /// The next errand, with its command and who answers it. Errors end the run.
  result<errand> take();
  /// Before the first take(): a session has the mailbox open already, and this is how many messages it holds. Errors end
  /// the run.
  asio::awaitable<result<void>> resume(const selection& now);
  /// A session has opened the mailbox. The error, of scope folder, makes the selection no good.
  result<void> opened(const selection& now);
  /// An errand was carried out, or refused by the server. Errors end the run.
  asio::awaitable<result<void>> settle(errand done, result<void> outcome);
  /// An errand was not carried out, or not to its end; it becomes ready again.
  asio::awaitable<result<void>> give_back(errand undone);
  /// The server does not show it any more: no error, no more work, nothing to report.
  void drop();
  /// LIST and LSUB disagree about it: a refused SELECT is no failure.
  void doubt() { doubtful_ = true; }
  /// The folder cannot be worked on. What came is kept.
  void fail(const error& why);
  /// A response ended the session's stream. Without the message's name in quarantine it would end every run. False if
  /// it does not say which message it is about.
  bool blame(std::string_view partial_response, const error& why);

 private:
  enum class stage { waiting, listing, fetching, adopting, rechecking, retrying, done };

  result<void> begin();
  result<void> recall();
  void tell_added(const uid_set& arrived);
  void equip(errand& what);
  void equip_listing(errand& what);
  void collect(errand& done);
  void answered(const errand& done, const result<void>& outcome);
  void push_bodies();
  void note_words(uid which);
  result<void> list_if_needed();
  result<void> listed(const result<void>& outcome);
  result<void> planned();
  result<uid_set> choose_wanted();
  void post_plan();
  asio::awaitable<result<void>> advance();
  result<void> adopt();
  void recheck_missing();
  void retry_present();
  void finish();
  void close();
  void quarantine(uid which, std::string_view reason);
  void give_up_missing();
  [[nodiscard]] bool is_main(errand::purpose why) const;
  arrival_listener listener(errand::purpose why);

  sync_context& with_;
  cache::folder_id folder_;
  bool doubtful_;
  bool dropped_ = false;
  folder_report report_;
  folder_review review_;
  stage stage_ = stage::waiting;
  errand_queue ready_;
  std::size_t out_ = 0;

  flag_updates changed_flags_;
  folder_quarantine quarantine_;
  uid_set stand_ins_;  // what is held of these is not the message itself
  uid_set wanted_;     // bodies, or headers where these are enough
  uid_set words_;      // of these the server's words about a failure have come
  arrivals arrivals_;
  command_size size_;
  uid_set untold_;   // new messages of which nothing has come yet
  uid_set present_;  // of what did not come, what the server still lists
};

}  // namespace outmap::sync
