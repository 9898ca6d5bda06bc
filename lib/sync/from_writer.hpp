// The way from the writer's thread to a coroutine's, where nobody can be told that there is no memory for it.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/post.hpp>
#include <chrono>
#include <thread>

#include "outmap/error.hpp"

namespace outmap::sync {

/// On the writer's thread. The one who waits would wait for ever, so it is tried until there is memory. Copying `what`
/// must not throw.
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

/// Without memory for its words: its code alone.
inline result<void> copy_for_certain(const result<void>& of) noexcept {
  if (of) return {};
  try {
    return tl::unexpected(of.error());
  } catch (...) {
    return tl::unexpected(error(of.error().code, {}));
  }
}

}  // namespace outmap::sync
