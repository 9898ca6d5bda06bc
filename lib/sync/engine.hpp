// A whole sync: the folder tree, then its folders, on as many sessions as help.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "outmap/report.hpp"
#include "sync/folder_listing.hpp"
#include "sync/lane.hpp"
#include "sync/session_source.hpp"
#include "sync/sync_context.hpp"
#include "sync/work_board.hpp"

namespace outmap::sync {

/// Works through the account. Folder failures stand in their reports; an error that ends the run stands in
/// report.failure, and folders that were not reached are not in the report. Everything that came is committed when it
/// returns, and the sessions are closed. A session that is lost gives its work to the others; the run ends with the
/// last one, unless it was lost by what the server said: then another takes its place, a few times. Belongs to one
/// executor.
class engine {
 public:
  struct options {
    /// Another session joins when the run has worked so long and has work that nobody has taken.
    std::chrono::milliseconds patience{1000};
  };

  /// `more` may be null: then there is one session only.
  engine(sync_context& with, std::unique_ptr<session::session> first, session_source* more, folder_filter chosen,
         options how);
  asio::awaitable<void> run(sync_report& report);
  /// Ends the run with errc::cancelled.
  void cancel();

 private:
  using folder_syncs = std::vector<std::unique_ptr<folder_sync>>;

  asio::awaitable<result<folder_syncs>> record_tree(std::vector<listed_mailbox> tree);
  result<folder_syncs> known_tree();
  asio::awaitable<result<folder_syncs>> inbox_of_new_cache();
  asio::awaitable<result<void>> confirm_tree(folder_question& asked, session::session& on);
  asio::awaitable<void> carry_out(sync_report& report);
  asio::awaitable<result<void>> begin();
  asio::awaitable<void> hire();
  asio::awaitable<void> all_ended();
  void launch(std::unique_ptr<session::session> on, lane::prologue first, std::size_t number);
  void lane_ended(result<void> outcome, std::size_t which);
  [[nodiscard]] bool may_replace(const error& why, const lane& lost) const;
  void replace(const error& why, std::size_t which);
  asio::awaitable<void> open_again(error why, std::size_t number);
  void end(const error& why);
  void write_record(const sync_report& report, std::int64_t started_at);

  sync_context& with_;
  std::unique_ptr<session::session> first_;
  session_source* more_;
  folder_filter chosen_;
  options how_;
  std::optional<asio::any_io_executor> on_;
  std::optional<asio::steady_timer> ended_;  // cancelled when a lane or the hiring ends
  std::optional<asio::steady_timer> patience_;
  std::optional<work_board> board_;
  std::shared_ptr<folder_question> question_;
  std::vector<std::unique_ptr<lane>> lanes_;
  std::size_t working_ = 0;
  bool hiring_ = false;
  std::size_t hired_ = 0;   // lanes, those that took another's place not counted
  bool confirmed_ = false;  // the folder tree is known
  std::size_t replacing_ = 0;
  unsigned replaced_ = 0;          // sessions in this run
  unsigned replaced_in_vain_ = 0;  // and of them those that no message in quarantine paid for
  bool cancelled_ = false;
  std::optional<error> lost_;  // why the last session was lost
};

}  // namespace outmap::sync
