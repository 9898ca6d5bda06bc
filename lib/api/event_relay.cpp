#include "api/event_relay.hpp"

#include <utility>

namespace outmap {

void event_relay::call(std::function<void()> what) {
  if (!state_->to) {
    if (state_->target != nullptr) what();
    return;
  }
  state_->to([state = state_, what = std::move(what)] {
    if (state->target != nullptr) what();
  });
}

template <class F>
void event_relay::tell(F what) noexcept {
  // An app that has no memory left for an event ends here rather than missing it.
  call([state = state_.get(), what = std::move(what)] {
    if (observer* const to = state->target) what(*to);
  });
}

void event_relay::on_alert(std::string_view text) noexcept {
  tell([text = std::string(text)](observer& to) { to.on_alert(text); });
}

void event_relay::on_login_step(const login_step& step) noexcept {
  tell([step](observer& to) { to.on_login_step(step); });
}

void event_relay::on_folder_started(std::string_view name) noexcept {
  tell([name = std::string(name)](observer& to) { to.on_folder_started(name); });
}

void event_relay::on_folder_done(const folder_report& report) noexcept {
  tell([report](observer& to) { to.on_folder_done(report); });
}

void event_relay::on_progress(const progress& now) noexcept {
  {
    const std::lock_guard lock(state_->mutex);
    const bool told_soon = state_->waiting.has_value();
    state_->waiting = latest_progress{now, std::string(now.folder)};
    if (told_soon) return;
  }
  tell([state = state_.get()](observer& to) { tell_progress(*state, to); });
}

void event_relay::tell_progress(state& s, observer& to) {
  std::optional<latest_progress> latest;
  {
    const std::lock_guard lock(s.mutex);
    latest.swap(s.waiting);
  }
  if (!latest) return;
  latest->now.folder = latest->folder;
  to.on_progress(latest->now);
}

void event_relay::on_throttled(std::chrono::milliseconds pause) noexcept {
  tell([pause](observer& to) { to.on_throttled(pause); });
}

void event_relay::on_outbox(const outbox_event& event) noexcept {
  tell([event](observer& to) { to.on_outbox(event); });
}

void event_relay::on_warning(const error& what) noexcept {
  tell([what](observer& to) { to.on_warning(what); });
}

void event_relay::on_message_new(std::string_view folder, uid which) noexcept {
  tell([folder = std::string(folder), which](observer& to) { to.on_message_new(folder, which); });
}

void event_relay::on_message_changed(std::string_view folder, uid which) noexcept {
  tell([folder = std::string(folder), which](observer& to) { to.on_message_changed(folder, which); });
}

void event_relay::on_message_expunged(std::string_view folder, uid which) noexcept {
  tell([folder = std::string(folder), which](observer& to) { to.on_message_expunged(folder, which); });
}

void event_relay::on_unseen(std::string_view folder, std::uint32_t count) noexcept {
  tell([folder = std::string(folder), count](observer& to) { to.on_unseen(folder, count); });
}

void event_relay::on_connected() noexcept {
  tell([](observer& to) { to.on_connected(); });
}

void event_relay::on_disconnected(const error& why, std::chrono::milliseconds next_try) noexcept {
  tell([why, next_try](observer& to) { to.on_disconnected(why, next_try); });
}

}  // namespace outmap
