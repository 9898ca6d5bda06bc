// The requests of a background_account for programs that use Asio: any completion token will do (a callback, use_future,
// use_awaitable, deferred). This header alone needs Asio (standalone, 1.22 or newer; the library itself does not).
#pragma once

#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/cancellation_type.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <new>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "outmap/background_account.hpp"
#include "outmap/visibility.hpp"

namespace outmap OUTMAP_PUBLIC {
namespace async_detail {

/// Asio begins what a coroutine awaits where an exception ends the program, and what ends a request comes from a thread
/// where nobody can be told that there is no memory: what cannot fail is tried until there is some.
template <class F>
auto until_there_is_memory(F&& work) noexcept {
  constexpr std::chrono::milliseconds pause(10);
  for (;;) {
    try {
      return work();
    } catch (const std::bad_alloc&) {
      std::this_thread::sleep_for(pause);
    }
  }
}

/// Gives a handler its result on its own executor, whichever thread the result comes from.
template <class T, class Handler>
class completion : public std::enable_shared_from_this<completion<T, Handler>> {
 public:
  explicit completion(Handler&& handler)
      : handler_(std::move(handler)), work_(asio::make_work_guard(asio::get_associated_executor(handler_))) {}

  void deliver(result<T> outcome) noexcept {
    outcome_.emplace(std::move(outcome));
    const auto self = this->shared_from_this();
    const auto on = work_.get_executor();
    until_there_is_memory([&] { asio::post(on, [self] { self->finish(); }); });
  }
  Handler& handler() { return handler_; }

 private:
  void finish() {
    // What is over can no longer be cancelled.
    if (auto slot = asio::get_associated_cancellation_slot(handler_); slot.is_connected()) slot.clear();
    work_.reset();
    auto handler = std::move(handler_);
    std::move(handler)(std::move(*outcome_));
  }

  Handler handler_;
  asio::executor_work_guard<asio::associated_executor_t<Handler>> work_;
  std::optional<result<T>> outcome_;
};

/// `begin` starts the request with the function that is to be called at its end. The handler's cancellation slot
/// cancels it.
template <class T, class Token, class Begin>
auto request(background_account& from, Begin begin, Token&& token) {
  auto id = std::make_shared<std::atomic<request_id>>(request_id::none);
  return asio::async_initiate<Token, void(result<T>)>(
      [&from, id](auto handler, Begin start) {
        using handler_type = decltype(handler);
        // Shared, since a std::function must be copyable and a handler need not be.
        const auto ending =
            until_there_is_memory([&] { return std::make_shared<completion<T, handler_type>>(std::move(handler)); });
        try {
          if (auto slot = asio::get_associated_cancellation_slot(ending->handler()); slot.is_connected()) {
            slot.assign([&from, id](asio::cancellation_type how) {
              if (how != asio::cancellation_type::none) from.cancel(*id);
            });
          }
          *id = start(from, [ending](result<T> outcome) { ending->deliver(std::move(outcome)); });
        } catch (const std::bad_alloc&) {
          ending->deliver(tl::unexpected(error(errc::internal, {})));
        }
      },
      token, std::move(begin));
}

}  // namespace async_detail

/// The functions below complete with `result<…>` on the handler's executor. `from` must outlive the request, or the
/// handler is never called and is destroyed. The execution context of the handler must outlive `from`: its thread may
/// still be about to leave that context when the handler is already called. Its dispatcher, if it has one, is passed
/// through, too.
template <class Token>
auto async_probe(background_account& from, Token&& token) {
  return async_detail::request<probe_report>(
      from, [](background_account& on, auto then) { return on.probe(std::move(then)); }, std::forward<Token>(token));
}

template <class Token>
auto async_login(background_account& from, Token&& token) {
  return async_detail::request<login_report>(
      from, [](background_account& on, auto then) { return on.login(std::move(then)); }, std::forward<Token>(token));
}

template <class Token>
auto async_folders(background_account& from, bool unseen, Token&& token) {
  return async_detail::request<std::vector<folder_info>>(
      from, [unseen](background_account& on, auto then) { return on.folders(unseen, std::move(then)); },
      std::forward<Token>(token));
}

template <class Token>
auto async_sync(background_account& from, sync_options how, Token&& token) {
  return async_detail::request<sync_report>(
      from,
      [how = std::move(how)](background_account& on, auto then) mutable {
        return on.sync(std::move(how), std::move(then));
      },
      std::forward<Token>(token));
}

template <class Token>
auto async_send_outbox(background_account& from, Token&& token) {
  return async_detail::request<outbox_report>(
      from, [](background_account& on, auto then) { return on.send_outbox(std::move(then)); },
      std::forward<Token>(token));
}

template <class Token>
auto async_fetch(background_account& from, mailbox_name mailbox, uid_set uids, Token&& token) {
  return async_detail::request<fetch_report>(
      from,
      [mailbox = std::move(mailbox), uids = std::move(uids)](background_account& on, auto then) mutable {
        return on.fetch(std::move(mailbox), std::move(uids), std::move(then));
      },
      std::forward<Token>(token));
}

/// background_account::watch(): every other request interrupts it, and it goes on behind them. It completes when its
/// cancellation slot is used (with the report, not with errc::cancelled), with an error that no retry cures, or at once
/// with invalid_argument if there is a watch already.
template <class Token>
auto async_watch(background_account& from, watch_options how, Token&& token) {
  return async_detail::request<watch_report>(
      from,
      [how = std::move(how)](background_account& on, auto then) mutable {
        return on.watch(std::move(how), std::move(then));
      },
      std::forward<Token>(token));
}

}  // namespace OUTMAP_PUBLIC
