// One session of a run, with as many commands under way as keep it busy.
#pragma once

#include <asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "session/session.hpp"
#include "sync/selection.hpp"
#include "sync/work_board.hpp"

namespace outmap::sync {

/// Takes errands off the board, opens their mailboxes, and gives back what it could not do. Commands for the next
/// mailboxes follow before the current one has answered (OIMAP-V0026): a mailbox's answers count only if its own SELECT
/// succeeded.
class lane {
 public:
  /// About how many messages (errand::weight) may be under way. It grows while commands are answered at once, so that
  /// the link never idles, and shrinks when they wait long, so that other sessions find work to share.
  static constexpr std::uint64_t least_weight = 1000;
  static constexpr std::uint64_t most_weight = 8000;
  static constexpr std::chrono::milliseconds answered_at_once{250};
  static constexpr std::chrono::milliseconds waited_long{2000};
  /// And so many octets of commands, which must fit into the buffers of both ends while nobody reads.
  static constexpr std::size_t most_octets = std::size_t{24} << 10;

  /// Waits for commands that were started on the session before it became a lane's, while those of the lane follow.
  using prologue = std::function<asio::awaitable<result<void>>(session::session& on)>;

  /// `number` counts from 0; those at and beyond work_board::lanes() end when what they have begun is done. `first` may
  /// be empty.
  lane(std::shared_ptr<session::session> on, work_board& board, sync_context& with, std::size_t number, prologue first)
      : on_(std::move(on)), board_(board), with_(with), number_(number), first_(std::move(first)) {}

  /// Until the board has no more for it; then LOGOUT. The error is that of the session, whose errands are back on the
  /// board, or one that ends the run.
  asio::awaitable<result<void>> work();
  /// The same without the LOGOUT: the session can go on with other things.
  asio::awaitable<result<void>> carry_out();
  /// Before the work: the session has opened the mailbox of `at` already.
  void resume(folder_sync& at, std::shared_ptr<selection> under);
  /// The last SELECT; null if there was none.
  [[nodiscard]] const std::shared_ptr<selection>& selected() const { return under_; }
  /// Wakes work() up for its end, if it waits for the server.
  void abandon() noexcept { on_->over().close(); }
  [[nodiscard]] std::uint64_t octets_read() const { return on_->octets_read(); }
  [[nodiscard]] std::size_t number() const { return number_; }
  /// The session was lost by a message that is in quarantine now.
  [[nodiscard]] bool found_culprit() const { return found_culprit_; }

 private:
  struct under_way {
    profile::command_id id = profile::command_id::none;
    folder_sync* folder = nullptr;
    std::shared_ptr<selection> under;
    std::unique_ptr<believing_responder> guard;
    std::optional<errand> what;  ///< none: the SELECT itself
    std::uint64_t weight = 0;
    std::size_t octets = 0;
    std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();
  };

  asio::awaitable<result<void>> run();
  asio::awaitable<result<void>> fill();
  asio::awaitable<result<void>> begin(work_board::job next);
  result<void> start(under_way& one, const profile::command& what, session::responder* data);
  result<void> begin_selection(folder_sync& of);
  result<void> begin_errand(work_board::job& next);
  asio::awaitable<result<void>> finish_oldest();
  result<void> finish_selection(const under_way& done, const result<void>& outcome);
  asio::awaitable<result<void>> finish_errand(under_way done, result<void> outcome);
  asio::awaitable<void> give_all_back();
  void adapt_window(const under_way& done);
  [[nodiscard]] bool throttled(const result<void>& outcome);

  std::shared_ptr<session::session> on_;
  work_board& board_;
  sync_context& with_;
  std::size_t number_;
  bool found_culprit_ = false;
  prologue first_;
  std::deque<under_way> begun_;
  std::uint64_t weight_ = 0;
  std::uint64_t window_ = 1500;
  bool window_full_ = false;  // since the last answer
  std::size_t octets_ = 0;
  folder_sync* at_ = nullptr;         // the mailbox that the last SELECT is about
  std::shared_ptr<selection> under_;  // that SELECT
};

}  // namespace outmap::sync
