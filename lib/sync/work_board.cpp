#include "sync/work_board.hpp"

#include <algorithm>
#include <string>

#include "net/operations.hpp"
#include "sync/pause_policy.hpp"

namespace outmap::sync {

std::size_t work_board::first_open() const {
  while (first_ < folders_.size() && folders_[first_]->done()) ++first_;
  return first_;
}

result<std::optional<work_board::job>> work_board::take(folder_sync* at) {
  if (failure_ || paused()) return std::nullopt;
  folder_sync* chosen = at != nullptr && at->ready() ? at : nullptr;
  for (auto i = first_open(); chosen == nullptr && i < folders_.size(); ++i) {
    if (folders_[i]->ready()) chosen = folders_[i].get();
  }
  if (chosen == nullptr) return std::nullopt;
  auto what = chosen->take();
  if (!what) return tl::unexpected(what.error());
  return std::optional<job>(job{chosen, std::move(*what)});
}

bool work_board::waiting() const {
  return !failure_ && std::any_of(folders_.begin() + static_cast<std::ptrdiff_t>(first_open()), folders_.end(),
                                  [](const auto& f) { return f->ready(); });
}

asio::awaitable<void> work_board::change() {
  const auto until = paused() ? paused_until_ : asio::steady_timer::time_point::max();
  // Setting it wakes all who wait.
  if (changed_.expiry() != until) changed_.expires_at(until);
  co_await net::wait(changed_);
}

void work_board::pause(std::chrono::milliseconds hint, const error& why) {
  const auto granted = granted_pause(hint, ++pauses_);
  if (!granted) {
    error e(errc::throttled, why.detail, why.server_text);
    return end(e);
  }
  paused_until_ = std::max(paused_until_, std::chrono::steady_clock::now() + *granted);
  limit_lanes(std::max<std::size_t>(1, lanes_ - 1));
}

void work_board::limit_lanes(std::size_t most) {
  lanes_ = std::min(lanes_, most);
  changed();
}

void work_board::end(const error& why) {
  if (failure_) return;
  failure_ = why;
  for (const auto& f : folders_) {
    if (f->begun() && !f->done()) f->fail(why);
  }
  changed();
}

}  // namespace outmap::sync
