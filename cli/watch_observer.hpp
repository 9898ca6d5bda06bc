// What a watch tells, a line an event.
#pragma once

#include <functional>
#include <string>

#include "cli/run_observer.hpp"

namespace outmap::cli {

/// Each line goes out at once.
class watch_observer final : public run_observer {
 public:
  watch_observer(output& out, std::string account, const redactor& hidden)
      : run_observer(out, account, hidden), out_(out), account_(std::move(account)), hidden_(hidden) {}

  /// Calls `end` after an event that nobody could read any more.
  void when_nobody_reads(std::function<void()> end) { end_ = std::move(end); }

  void on_folder_done(const folder_report& folder) noexcept override;
  void on_message_new(std::string_view folder, uid which) noexcept override;
  void on_message_changed(std::string_view folder, uid which) noexcept override;
  void on_message_expunged(std::string_view folder, uid which) noexcept override;
  void on_unseen(std::string_view folder, std::uint32_t count) noexcept override;
  void on_connected() noexcept override;
  void on_disconnected(const error& why, std::chrono::milliseconds next_try) noexcept override;

 private:
  void tell(std::string_view event, json fields, const std::string& line);
  void tell_message(std::string_view event, std::string_view word, std::string_view folder, uid which);

  output& out_;
  std::string account_;
  const redactor& hidden_;
  std::function<void()> end_;
};

}  // namespace outmap::cli
