#include "sync/writer_link.hpp"

#include <asio/any_io_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

namespace outmap::sync {
namespace {

// On the writer's thread nobody can be told that there is no memory for the message, and the one who waits would wait
// for ever: it is tried until there is.
template <class F>
void post_for_certain(const asio::any_io_executor& to, const F& what) noexcept {
  constexpr std::chrono::milliseconds pause(10);
  for (;;) {
    try {
      return asio::post(to, what);
    } catch (...) {
      std::this_thread::sleep_for(pause);
    }
  }
}

// Turns a function that calls back once on another thread into something a coroutine can await on its own executor.
template <class Value, class Start>
asio::awaitable<Value> from_callback(Start start) {
  const auto on = co_await asio::this_coro::executor;
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Value)>(
      [&](auto handler) {
        // std::function wants to copy; the guard keeps the executor's run loop alive while only the other thread works.
        struct waiting {
          decltype(handler) resume;
          std::optional<Value> value = {};
        };
        auto shared = std::make_shared<waiting>(std::move(handler));
        start([shared, guard = asio::make_work_guard(on)](Value value) {
          shared->value.emplace(std::move(value));
          post_for_certain(guard.get_executor(), [shared] { shared->resume(std::move(*shared->value)); });
        });
      },
      asio::use_awaitable);
}

}  // namespace

asio::awaitable<result<void>> wait_for_room(cache::writer& to) {
  if (!to.has_room()) co_await from_callback<bool>([&](auto done) { to.on_room([done] { done(true); }); });
  if (to.failed()) co_return co_await wait_for_commit(to);
  co_return result<void>{};
}

asio::awaitable<result<void>> wait_for_commit(cache::writer& to) {
  co_return co_await from_callback<result<void>>(
      [&](auto done) { to.flush([done](const result<void>& r) { done(r); }); });
}

asio::awaitable<result<void>> wait_until_durable(cache::writer& to) {
  co_return co_await from_callback<result<void>>(
      [&](auto done) { to.flush_durably([done](const result<void>& r) { done(r); }); });
}

}  // namespace outmap::sync
