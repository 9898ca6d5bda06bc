#include "sync/writer_link.hpp"

#include <asio/async_result.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <memory>

namespace outmap::sync {
namespace {

// Turns a function that calls back once on another thread into something a coroutine can await on its own executor.
template <class Value, class Start>
asio::awaitable<Value> from_callback(Start start) {
  const auto on = co_await asio::this_coro::executor;
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Value)>(
      [&](auto handler) {
        // std::function wants to copy; the guard keeps the executor's run loop alive while only the other thread works.
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        start([shared, guard = asio::make_work_guard(on)](Value value) {
          asio::post(guard.get_executor(),
                     [shared, value = std::move(value)]() mutable { (*shared)(std::move(value)); });
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
