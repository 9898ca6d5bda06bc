// One folder that follows the server as it speaks.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "outmap/watch.hpp"
#include "session/alarm.hpp"
#include "session/back_off.hpp"
#include "session/clock.hpp"
#include "session/clock_jump.hpp"
#include "session/live_session.hpp"
#include "sync/change_listener.hpp"
#include "sync/commit_events.hpp"
#include "sync/folder_sync.hpp"
#include "sync/mailbox_view.hpp"
#include "sync/session_source.hpp"
#include "sync/sync_context.hpp"
#include "sync/unseen_watch.hpp"
#include "sync/watch_endings.hpp"
#include "sync/work_board.hpp"

namespace outmap::sync {

/// Scans the folder, then listens: IDLE where the server has it, NOOP otherwise. EXISTS has what is new fetched as a
/// sync would; EXPUNGE and flags that are told are applied at once; what does not add up has the folder opened and
/// scanned anew. A connection that is lost is opened again, with longer and longer waits. Belongs to one executor, on
/// which the observer of `with` is called; all of its waits but those for the server's answers go through `time`.
class watch final : private change_listener {
 public:
  /// Between two looks at whether the machine has slept.
  static constexpr std::chrono::seconds pulse{15};
  /// Between two scans for doubt, which doubles up to the rescan interval.
  static constexpr std::chrono::seconds first_doubt_pause{2};

  /// `with` and `from` outlive the watch. Session 0 of the source is that of the folder, session 1 counts the unread.
  watch(sync_context& with, session_source& from, session::clock& time, asio::any_io_executor on,
        session::back_off::random_source random, watch_options how);

  /// Until stop(), with LOGOUT where a connection is up; the error is one that no retry cures. Everything that came is
  /// committed and told when it returns.
  asio::awaitable<result<void>> run(watch_report& into);
  /// A server that does not answer delays the end by a few seconds.
  void stop();
  /// The network may be another one, or the machine has slept: connections prove themselves, waits end.
  void nudge();

 private:
  enum class depth { quick, full };

  asio::awaitable<result<void>> connect_again_and_again();
  asio::awaitable<result<void>> one_connection();
  asio::awaitable<result<void>> attend();
  asio::awaitable<result<void>> find_folder();
  asio::awaitable<result<void>> scan(depth how, bool reopen);
  asio::awaitable<result<void>> scanned(depth how, const folder_report& report);
  [[nodiscard]] depth first_depth() const;
  asio::awaitable<void> finish();
  void begin_counting();
  void hear(const wire::response& told);
  void apply_news();
  void record_count();
  void note_doubt();
  void give_up(const error& why);
  void tick(session::clock::time_point due);
  void tell_added(const uid_set& which);

  void on_opened() override { view_.end_selection(); }
  void on_added(const uid_set& which) override;
  void on_flags_changed(const uid_set& which) override;
  void on_vanished(const uid_set& which) override;

  sync_context& with_;
  session_source& from_;
  session::clock& time_;
  asio::any_io_executor on_;
  watch_options how_;
  watch_report* report_ = nullptr;
  commit_events events_;
  session::back_off back_off_;
  session::alarm alarm_;
  session::clock_jump jump_;
  session::clock::call_id tick_ = session::clock::call_id::none;
  login_refusals refusals_;
  unseen_watch unseen_;
  bool counting_ = false;
  bool began_counting_ = false;
  asio::steady_timer counted_;  // cancelled when the counting has ended

  std::optional<session::live_session> live_;
  cache::folder_id folder_ = 0;
  listed_mailbox mailbox_;
  std::string name_;
  mailbox_view view_;
  std::shared_ptr<selection> open_;
  work_board* board_ = nullptr;  // of the scan under way
  bool applying_ = false;
  bool unread_posts_ = false;  // the reader may not see all that was posted
  bool doubtful_ = false;      // the next scan opens the folder anew
  std::chrono::milliseconds doubt_pause_{0};
  std::optional<session::clock::time_point> last_full_;
  session::clock::time_point full_due_{};
  std::int64_t scanned_at_ = 0;  // of the last scan that came to its end
  bool stopping_ = false;
  std::optional<error> failure_;
  std::shared_ptr<int> life_ = std::make_shared<int>();
};

}  // namespace outmap::sync
