// An account: the doorway to the library.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "outmap/config.hpp"
#include "outmap/error.hpp"
#include "outmap/observer.hpp"
#include "outmap/questions.hpp"
#include "outmap/report.hpp"
#include "outmap/trace.hpp"
#include "outmap/visibility.hpp"
#include "outmap/watch.hpp"

namespace outmap OUTMAP_PUBLIC {

struct backup_options;  // backup.hpp
struct backup_report;
struct verify_options;  // verify.hpp
struct verify_report;
struct restore_options;  // restore.hpp
struct restore_report;

/// `quick` asks each folder for what is newer than what is known and goes on with a full listing only where the number
/// of messages does not fit; changed flags of older messages are seen by `full` alone.
enum class sync_depth { full, quick };

/// What a sync takes. A glob has * (any octets) and ? (one character) and is matched against the decoded UTF-8 name of a
/// folder, INBOX without regard to case. No `include` means all; `exclude` wins.
struct sync_options {
  std::vector<std::string> include;
  std::vector<std::string> exclude;
  sync_depth depth = sync_depth::full;
  /// Instead of account_config::deletions.
  std::optional<deletion_limit> allow_deletions = {};
  /// Messages in quarantine are asked for even if their time has not come.
  bool retry_quarantined = false;
  /// account::sync() and backup() alone: says what would be done and does nothing. The cache is only read (it may be
  /// missing, and stays so), no lock is taken, the outbox stays where it is, and nothing that changes the server is
  /// sent. In the folder_reports `exists`, `added`, `flags_changed`, `vanished` and `uid_validity_changed` are what a run
  /// at that moment would report, and so are their failures where a guard would trip; `bodies` is how many it would ask
  /// for, which is more than it fetches where a new UIDVALIDITY lets it take over what is held. The rest stands in
  /// folder_report::forecast and sync_report::forecast. What the changes that wait in the outbox would make of the
  /// folders is not foretold.
  bool dry_run = false;
};

/// The blocking form. Each function connects, works and logs out on the calling thread; no function may run beside
/// another one of the same account, save cancel() and nudge(). cancel() may be called from any thread at any time, is
/// final, and makes the running function (and each later one) return errc::cancelled soon, with the cache consistent. Nothing throws. `watch` and
/// `trace` may be null and must outlive the account.
class account {
 public:
  explicit account(account_config config, observer* watch = nullptr, trace_sink* trace = nullptr);
  ~account();
  account(account&&) noexcept;
  account& operator=(account&&) noexcept;

  [[nodiscard]] const account_config& config() const;
  /// Before the first operation: how to ask for a password, and for a certificate that cannot be verified.
  void ask(questions how);

  /// Connects as configured, without logging in.
  result<probe_report> probe();
  /// Logs in and out again. After a failed login steps() says what was tried.
  result<login_report> login();
  /// LIST and LSUB: the most recent answer for a name counts (OIMAP-V0043). Sorted, INBOX first. `unseen`: STATUS for
  /// each mailbox that can be selected, too (OIMAP-V0044).
  result<std::vector<folder_info>> folders(bool unseen = false);
  /// Brings the cache (config().cache) to the server's state: new messages, flags, expunges; continues where an earlier
  /// run was stopped. The error is for a run that could not begin (cache, network, login); after that the report
  /// carries `failure`.
  /// First sends what waits in the outbox beside the cache, unless the account is read_only; what the outbox met stands
  /// in sync_report::outbox.
  result<sync_report> sync(const sync_options& options = {});
  /// Sends what waits in the outbox, and no more: what the server has done shows in the cache as far as it can be known
  /// without a scan. The error is for a run that could not begin (cache_locked: another run sends, or syncs; read_only);
  /// after that the report carries `failure`. Connects only if there is something to send.
  result<outbox_report> send_outbox();

  /// Bodies on demand: fetches those of `uids` that the cache (config().cache) does not hold, and only if the mailbox
  /// still has the UIDVALIDITY of the cache. Errors, before anything was fetched: no_such_mailbox (not in the cache),
  /// cache, network, login. If all are here the server is not asked.
  result<fetch_report> fetch(const mailbox_name& mailbox, const uid_set& uids);

  /// A sync that cannot change the server, recorded beside the cache and sealed: backup.hpp.
  result<backup_report> backup(const backup_options& options);
  /// Holds the cache (config().cache) against the server, without changing either: verify.hpp.
  result<verify_report> verify(const verify_options& options);
  /// Uploads what a cache holds and the server does not: restore.hpp.
  result<restore_report> restore(const restore_options& options);

  /// Brings the folder of the options up to date and keeps it so as the server speaks, until cancel(): that is how a
  /// watch ends, so it gives the report and no error, within seconds and after LOGOUT. IDLE where the server has it,
  /// NOOP otherwise, and at most nine minutes without a command (OIMAP-V0025, V0028). A connection that is lost is opened
  /// again after 1 second to 5 minutes, or what a throttling server asks for. Two connections at most: one is for the
  /// unread counts of the other folders (OIMAP-V0044).
  ///
  /// Observer: on_connected and on_disconnected; on_message_new, on_message_changed, on_message_expunged and on_unseen,
  /// each after the commit of what it tells; and what a sync calls for a folder, at each scan.
  ///
  /// The error is one that no retry cures: configuration, certificate, a password that was refused (one that has worked
  /// before: three times in a row), a folder that is not there, guard_tripped, the cache. Everything that came until
  /// then is kept.
  result<watch_report> watch(const watch_options& options = {});
  /// The system says that the network is another one, or the app knows that the machine has slept: a running watch has
  /// its connections prove themselves within 10 seconds or replaces them, and waits no longer for its next try. It finds
  /// out by itself when the wall clock jumps. From any thread; without a watch it does nothing.
  void nudge() noexcept;

  /// The ladder of the last login, also of a failed one.
  [[nodiscard]] const std::vector<login_step>& steps() const;

  void cancel() noexcept;

 private:
  struct OUTMAP_HIDDEN impl;
  std::unique_ptr<impl> impl_;
};

/// Whether a folder's decoded name is chosen by the options.
bool matches(const sync_options& options, std::string_view name);

}  // namespace OUTMAP_PUBLIC
