// What is to be done in a run, for the sessions that do it.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "sync/folder_sync.hpp"

namespace outmap::sync {

/// The folders of a run in their order, how many sessions may work on them, and until when the server wants to be left
/// alone. Belongs to one executor.
class work_board {
 public:
  work_board(asio::any_io_executor on, std::vector<std::unique_ptr<folder_sync>> folders, std::size_t lanes)
      : changed_(on, asio::steady_timer::time_point::max()), folders_(std::move(folders)), lanes_(lanes) {}

  struct job {
    folder_sync* folder = nullptr;
    errand what;
  };
  /// The next errand for a session that has opened `at` (or nothing): of that folder if there is one, else of the first
  /// folder that has one. None while there is nothing to do now. Errors end the run.
  result<std::optional<job>> take(folder_sync* at);
  /// Something could be taken.
  [[nodiscard]] bool waiting() const;
  /// Nothing is left to do, or the run has ended.
  [[nodiscard]] bool over() const { return failure_ || first_open() == folders_.size(); }

  void add(std::unique_ptr<folder_sync> more) { folders_.push_back(std::move(more)); }
  /// Wakes whoever waits in change().
  void changed() { changed_.cancel(); }
  /// Until something changes or a pause ends.
  asio::awaitable<void> change();

  /// The server wants to be left alone so long. One session fewer works from then on.
  void pause(std::chrono::milliseconds hint, const error& why);
  void made_progress() { pauses_ = 0; }
  [[nodiscard]] bool paused() const { return std::chrono::steady_clock::now() < paused_until_; }
  /// How many sessions may work at a time.
  [[nodiscard]] std::size_t lanes() const { return lanes_; }
  void limit_lanes(std::size_t most);

  /// Ends the run: what is not complete has failed.
  void end(const error& why);
  [[nodiscard]] const std::optional<error>& failure() const { return failure_; }
  [[nodiscard]] const std::vector<std::unique_ptr<folder_sync>>& folders() const { return folders_; }

 private:
  [[nodiscard]] std::size_t first_open() const;

  asio::steady_timer changed_;
  std::vector<std::unique_ptr<folder_sync>> folders_;
  mutable std::size_t first_ = 0;
  std::size_t lanes_;
  std::chrono::steady_clock::time_point paused_until_{};
  unsigned pauses_ = 0;
  std::optional<error> failure_;
};

}  // namespace outmap::sync
