// Observer calls, carried to the thread that the app has chosen.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "outmap/dispatcher.hpp"
#include "outmap/observer.hpp"

namespace outmap {

/// Copies what each call brings and has the app's observer called through the dispatcher, in order. Of progress only the
/// latest waits, so that a busy run does not flood a slow app. Without a dispatcher it calls at once.
class event_relay final : public observer {
 public:
  /// `target` may be null: then nothing is passed on.
  event_relay(observer* target, dispatcher to) : state_(std::make_shared<state>(target, std::move(to))) {}

  /// Nothing is called from now on, but what another thread may be calling at this moment.
  void close() noexcept { state_->target = nullptr; }
  /// Runs `what` where the observer is called, unless close() comes first.
  void call(std::function<void()> what);

  void on_alert(std::string_view text) noexcept override;
  void on_login_step(const login_step& step) noexcept override;
  void on_folder_started(std::string_view name) noexcept override;
  void on_folder_done(const folder_report& report) noexcept override;
  void on_progress(const progress& now) noexcept override;
  void on_throttled(std::chrono::milliseconds pause) noexcept override;
  void on_outbox(const outbox_event& event) noexcept override;
  void on_warning(const error& what) noexcept override;
  void on_message_new(std::string_view folder, uid which) noexcept override;
  void on_message_changed(std::string_view folder, uid which) noexcept override;
  void on_message_expunged(std::string_view folder, uid which) noexcept override;
  void on_unseen(std::string_view folder, std::uint32_t count) noexcept override;
  void on_connected() noexcept override;
  void on_disconnected(const error& why, std::chrono::milliseconds next_try) noexcept override;

 private:
  struct latest_progress {
    progress now;
    std::string folder;
  };
  struct state {
    state(observer* t, dispatcher d) : target(t != nullptr ? t : &silent), to(std::move(d)) {}
    observer silent;
    std::atomic<observer*> target;  // null once closed
    const dispatcher to;
    std::mutex mutex;
    std::optional<latest_progress> waiting;  // under the mutex
  };

  template <class F>
  void tell(F what) noexcept;
  static void tell_progress(state& s, observer& to);

  std::shared_ptr<state> state_;
};

}  // namespace outmap
