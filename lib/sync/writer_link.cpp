#include "sync/writer_link.hpp"

#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>

#include <memory>
#include <utility>

#include "net/operations.hpp"
#include "sync/from_writer.hpp"

namespace outmap::sync {
namespace {

// What the writer's thread and the coroutine have in common. The writer's thread touches `outcome` before it posts, the
// rest belongs to the coroutine's executor.
struct awaited {
  asio::any_io_executor on;
  asio::steady_timer* waiting = nullptr;  // null when nobody waits any more
  bool here = false;
  result<void> outcome;
};

void give(const std::shared_ptr<awaited>& to, const result<void>& outcome) noexcept {
  to->outcome = copy_for_certain(outcome);
  post_for_certain(to->on, [to] {
    to->here = true;
    if (to->waiting != nullptr) to->waiting->cancel();
  });
}

// Turns a function that calls back once on the writer's thread into something a coroutine can await on its own
// executor. Whatever asks for memory does so before the coroutine waits.
template <class Start>
asio::awaitable<result<void>> from_callback(Start start) {
  const auto on = co_await asio::this_coro::executor;
  asio::steady_timer waiting(on, asio::steady_timer::time_point::max());
  const auto state = std::make_shared<awaited>();
  state->on = on;
  struct leaving {
    awaited& state;
    ~leaving() { state.waiting = nullptr; }
  } const at_end{*state};
  state->waiting = &waiting;
  start(state);
  while (!state->here) co_await net::wait(waiting);
  co_return std::move(state->outcome);
}

}  // namespace

asio::awaitable<result<void>> wait_for_room(cache::writer& to) {
  if (!to.has_room()) {
    const auto room = co_await from_callback([&](auto state) { to.on_room([state] { give(state, {}); }); });
    static_cast<void>(room);
  }
  if (to.failed()) co_return co_await wait_for_commit(to);
  co_return result<void>{};
}

asio::awaitable<result<void>> wait_for_commit(cache::writer& to) {
  co_return co_await from_callback(
      [&](auto state) { to.flush([state](const result<void>& done) { give(state, done); }); });
}

asio::awaitable<result<void>> wait_until_durable(cache::writer& to) {
  co_return co_await from_callback(
      [&](auto state) { to.flush_durably([state](const result<void>& done) { give(state, done); }); });
}

}  // namespace outmap::sync
