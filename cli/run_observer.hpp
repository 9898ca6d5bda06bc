// What the library tells while it works, passed on to the output.
#pragma once

#include <cstdint>
#include <string>

#include "cli/output.hpp"
#include "cli/progress_display.hpp"
#include "cli/redactor.hpp"
#include "outmap/observer.hpp"

namespace outmap::cli {

/// Alerts reach the user in every mode (OIMAP-V0063). What `hidden` knows is taken out of the server's texts.
/// `progress` may be null.
class run_observer : public observer {
 public:
  run_observer(output& out, std::string account, const redactor& hidden, progress_display* progress = nullptr)
      : out_(out), account_(std::move(account)), hidden_(hidden), progress_(progress) {}

  void on_alert(std::string_view text) noexcept override;
  void on_login_step(const login_step& step) noexcept override;
  void on_folder_started(std::string_view name) noexcept override;
  void on_folder_done(const folder_report& folder) noexcept override;
  void on_progress(const progress& now) noexcept override;
  void on_throttled(std::chrono::milliseconds pause) noexcept override;
  void on_outbox(const outbox_event& change) noexcept override;
  void on_warning(const error& why) noexcept override;

  [[nodiscard]] std::uint64_t warnings() const { return warnings_; }

 private:
  [[nodiscard]] json with_account(json fields) const;

  output& out_;
  std::string account_;
  const redactor& hidden_;
  progress_display* progress_;
  std::uint64_t warnings_ = 0;
};

/// "  ntlm: refused; the server said: …"
std::string step_text(const login_step& step);

/// "change 4 (create folder New): refused: …; the server said: …"
std::string outbox_text(const outbox_event& change);

/// "INBOX: 12 messages, 3 new, 1 changed, 2 gone, 1.2 MB"
std::string folder_text(const folder_report& folder);

}  // namespace outmap::cli
