#include "sync/commit_events.hpp"

#include <asio/executor_work_guard.hpp>

#include <utility>

#include "net/operations.hpp"
#include "sync/from_writer.hpp"

namespace outmap::sync {

commit_events::commit_events(cache::writer& to, asio::any_io_executor on, std::function<void(const error&)> failed)
    : to_(to),
      on_(on),
      state_(std::make_shared<state>(
          state{asio::steady_timer(on, asio::steady_timer::time_point::max()), std::move(failed), {}, {}})) {}

void commit_events::add(std::function<void()> event) {
  if (state_->dead) return;
  state_->waiting.push_back(std::move(event));
  if (!state_->flushing) flush(to_, state_);
}

// One commit serves all that have gathered while the last one was on its way.
void commit_events::flush(cache::writer& to, const std::shared_ptr<state>& with) {
  const auto count = with->waiting.size();
  to.flush([&to, with, count, guard = asio::make_work_guard(with->empty.get_executor())](const result<void>& done) {
    with->outcome = copy_for_certain(done);
    post_for_certain(guard.get_executor(), [&to, with, count] {
      with->flushing = false;
      const auto outcome = std::exchange(with->outcome, {});
      if (!outcome && !std::exchange(with->dead, true)) {
        with->waiting.clear();
        with->failed(outcome.error());
      }
      for (std::size_t i = 0; i < count && !with->waiting.empty(); ++i) {
        const auto event = std::move(with->waiting.front());
        with->waiting.pop_front();
        event();
      }
      if (with->waiting.empty()) {
        with->empty.cancel();
      } else {
        flush(to, with);
      }
    });
  });
  with->flushing = true;
}

asio::awaitable<void> commit_events::drained() {
  while (!state_->waiting.empty() || state_->flushing) co_await net::wait(state_->empty);
}

}  // namespace outmap::sync
