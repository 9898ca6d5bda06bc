// An account that works on a thread of its own: for apps with a thread that must never wait.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "outmap/account.hpp"
#include "outmap/config.hpp"
#include "outmap/dispatcher.hpp"
#include "outmap/error.hpp"
#include "outmap/observer.hpp"
#include "outmap/questions.hpp"
#include "outmap/report.hpp"
#include "outmap/trace.hpp"
#include "outmap/visibility.hpp"

namespace outmap OUTMAP_PUBLIC {

/// Names a request for cancel(); unique within its background_account.
enum class request_id : std::uint64_t { none };

/// Takes requests without waiting and carries them out one after the other, in order. Each ends with one call of its
/// `done`, also when it was cancelled (errc::cancelled) before it began.
///
/// Threads: every function may be called from any thread, also from inside `done` and the observer. With a dispatcher,
/// `done` and the observer are called through it, so on the app's thread; without one, on this object's own thread or
/// inside cancel(). The trace is always called on the own thread. `done` and the observer must not throw.
///
/// Lifetime: the observer and the trace must outlive the object. It is to be destroyed on the thread on which the
/// dispatcher runs what it is given (without a dispatcher: on any but its own). The destructor cancels everything and
/// waits until the running request has given up, which takes as long as the commit of what it has received; no `done`
/// and no observer is called once it has returned.
///
/// The cache may be read meanwhile by any number of `store`s: they never wait for this object.
class background_account {
 public:
  template <class T>
  using done = std::function<void(result<T>)>;

  explicit background_account(account_config config, observer* watch = nullptr, dispatcher to = {},
                              trace_sink* trace = nullptr);
  ~background_account();
  background_account(const background_account&) = delete;
  background_account& operator=(const background_account&) = delete;

  [[nodiscard]] const account_config& config() const;

  /// Before the first request. cancel() also ends the wait for an answer.
  void ask(deferred_questions how);

  /// As the functions of `account` by the same names.
  request_id probe(done<probe_report> then);
  request_id login(done<login_report> then);
  request_id folders(bool unseen, done<std::vector<folder_info>> then);
  request_id sync(sync_options how, done<sync_report> then);
  request_id send_outbox(done<outbox_report> then);
  request_id fetch(mailbox_name mailbox, uid_set uids, done<fetch_report> then);

  /// account::watch() for as long as nothing else is asked for: a request interrupts it, and it goes on behind the last
  /// one. Ends with cancel(), with an error that no retry cures, or at once with invalid_argument if there is a watch
  /// already. The report is that of the time since the last interruption.
  request_id watch(watch_options how, done<watch_report> then);
  /// account::nudge() for the watch that runs, if any.
  void nudge() noexcept;

  /// A running request ends soon with errc::cancelled, the cache consistent; one that waits never begins; one that has
  /// ended is left alone.
  void cancel(request_id which) noexcept;
  void cancel_all() noexcept;

 private:
  struct OUTMAP_HIDDEN impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace OUTMAP_PUBLIC
