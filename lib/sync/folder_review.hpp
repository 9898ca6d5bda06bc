// A mailbox on the server held against its cached folder.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "cache/reader.hpp"
#include "outmap/config.hpp"
#include "profile/command.hpp"
#include "sync/collectors.hpp"
#include "sync/quarantine_judgement.hpp"
#include "sync/scan_merge.hpp"
#include "sync/selection.hpp"

namespace outmap::sync {

/// Opened, listed, judged: what a sync carries out and a dry run tells comes from the same place. Changes neither the
/// cache nor the server. Belongs to one executor.
class folder_review {
 public:
  struct terms {
    const account_config& account;  ///< as mailbox and name: outlives the review
    bool quick = false;
    deletion_limit deletions = {};
  };
  enum class step {
    list,     ///< list the mailbox, once more
    recount,  ///< send a NOOP, let count() see what it brings, and list once more
    judge,    ///< the listing is complete
  };
  /// What is to be fetched.
  struct wants {
    uid_set messages;  ///< bodies, or headers where these are enough
    uid_set headers;   ///< besides
  };

  /// `from` null: nothing of the folder is in a cache yet.
  folder_review(cache::reader* from, const mailbox_name& mailbox, const std::string& name, terms by)
      : from_(from), mailbox_(mailbox), name_(name), by_(by) {}
  folder_review(const folder_review&) = delete;
  folder_review& operator=(const folder_review&) = delete;

  /// Before all else. Errors: those of cache::reader.
  result<void> recall();
  /// The mailbox was opened; also when it is opened again. The error, of scope folder, makes the selection no good.
  result<void> opened(const selection& now);
  /// Whether a listing can tell anything: neither side may have a message.
  result<bool> worth_listing();
  /// The command of the next listing and who takes the answer; `changed` hears the new flags of what is known.
  std::pair<profile::command, std::unique_ptr<session::responder>> listing(scan_merge::flags_listener changed);
  /// That command has been answered, or refused for an empty mailbox. Errors: those of scope folder leave the others
  /// alone.
  result<step> listed();
  /// What is next after a recount.
  void recounted() { count_.expected = count_.exists; }
  /// Nothing was listed, or all that counts: what a guard or doubts forbid is taken out of plan(). An error in the
  /// result ends the folder, with nothing done about it; doubt() leaves it incomplete.
  result<std::optional<error>> judge();
  /// After judge(): what is listed and not here as it is wanted. `doubtful` is here, and was never confirmed.
  [[nodiscard]] uid_set missing(const uid_set& doubtful) const;
  /// Of these, what the quarantine does not forbid, and what it asks for.
  [[nodiscard]] wants choose(const uid_set& missing, const quarantine_judgement& judged) const;

  [[nodiscard]] const cache::sync_start& start() const { return start_; }
  [[nodiscard]] uid_validity validity() const { return validity_; }
  [[nodiscard]] message_count& count() { return count_; }
  [[nodiscard]] bool has_opened() const { return has_opened_; }
  /// Nothing in the cache belongs to this UIDVALIDITY.
  [[nodiscard]] bool fresh() const { return fresh_; }
  [[nodiscard]] bool validity_changed() const { return validity_changed_; }
  /// What an earlier UIDVALIDITY has left may be what is new.
  [[nodiscard]] bool may_adopt() const { return may_adopt_; }
  /// False: only what is new was listed.
  [[nodiscard]] bool listed_whole() const { return listed_whole_; }
  /// Lines of the next listing at most, as far as anybody knows.
  [[nodiscard]] std::uint64_t lines_ahead() const { return above_.value != 0 ? 0 : start_.exists; }
  [[nodiscard]] folder_plan& plan() { return plan_; }
  [[nodiscard]] const std::optional<error>& doubt() const { return doubt_; }

  [[nodiscard]] bool bodies() const { return by_.account.bodies == body_mode::all; }
  [[nodiscard]] bool wants_dates() const { return bodies() && by_.account.received == received_date::internal; }

 private:
  result<std::optional<error>> guard();
  void doubt_listing();

  cache::reader* from_;
  const mailbox_name& mailbox_;
  const std::string& name_;
  terms by_;
  cache::sync_start start_;
  uid_validity validity_;
  message_count count_;
  bool has_opened_ = false;
  bool judged_ = false;
  bool fresh_ = false;
  bool validity_changed_ = false;
  bool may_adopt_ = false;
  bool counted_again_ = false;
  bool listed_whole_ = true;
  uid above_{0};  // only what is newer is listed
  std::unique_ptr<scan_merge> merge_;
  folder_plan plan_;
  std::optional<error> doubt_;
};

}  // namespace outmap::sync
