// Coroutines that run beside the one that begins them.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <cstddef>
#include <exception>
#include <utility>

namespace outmap::net {
namespace spawn_detail {

template <class T, class Ended>
asio::awaitable<void> carry_out(asio::awaitable<T> work, Ended ended) {
  std::exception_ptr problem;
  T got;
  try {
    // Gone, with all it holds, before its end is told.
    auto own = std::move(work);
    got = co_await std::move(own);
  } catch (...) {
    problem = std::current_exception();
  }
  ended(problem, std::move(got));
}

template <class Ended>
asio::awaitable<void> carry_out(asio::awaitable<void> work, Ended ended) {
  std::exception_ptr problem;
  try {
    auto own = std::move(work);
    co_await std::move(own);
  } catch (...) {
    problem = std::current_exception();
  }
  ended(problem);
}

/// More than the coroutine's first step asks Asio for.
struct first_step {
  std::byte size[64] = {};
  void operator()() const {}
};

}  // namespace spawn_detail

/// Begins `work` at once; `ended(std::exception_ptr, T)`, or `ended(std::exception_ptr)` for void, is called at its end,
/// whatever memory there is. To be called on the thread that runs `on`. As in operations.hpp, memory is asked for where
/// std::bad_alloc reaches the caller: Asio hands the first step to the executor as it would any function, with memory
/// that the thread keeps from the one before.
template <class T, class Ended>
void spawn(const asio::any_io_executor& on, asio::awaitable<T> work, Ended ended) {
  auto all = spawn_detail::carry_out(std::move(work), std::move(ended));
  on.execute(spawn_detail::first_step());
  asio::co_spawn(on, std::move(all), asio::detached);
}

}  // namespace outmap::net
