#include "net/name_lookup.hpp"

#include <asio/io_context.hpp>
#include <asio/post.hpp>

#include <chrono>
#include <mutex>
#include <thread>

#include "net/operations.hpp"

namespace outmap::net {

// What the look-up's thread and the one who waits have in common.
struct name_lookup::shared {
  explicit shared(asio::steady_timer& t) : waiting(t), on(t.get_executor()) {}

  // On the look-up's thread. Nobody there can be told that there is no memory for the message, and the one who waits would wait for
  // ever: it is tried until there is.
  void finish(endpoints got, std::error_code p, const std::shared_ptr<shared>& self) noexcept {
    constexpr std::chrono::milliseconds pause(10);
    while (!tell(got, p, self)) std::this_thread::sleep_for(pause);
  }
  // Under the lock the executor is still there, since cancel() takes the lock before it goes.
  bool tell(endpoints& got, std::error_code p, const std::shared_ptr<shared>& self) {
    const std::lock_guard lock(guard);
    if (abandoned) return true;
    try {
      asio::post(on, [self] {
        const std::lock_guard still(self->guard);
        if (!self->abandoned) self->waiting.cancel();
      });
    } catch (...) {
      return false;
    }
    found = std::move(got);
    problem = p;
    finished = true;
    return true;
  }

  std::mutex guard;
  bool abandoned = false;
  bool finished = false;
  endpoints found;
  std::error_code problem;
  asio::steady_timer& waiting;
  asio::any_io_executor on;
};

name_lookup::name_lookup(const asio::any_io_executor& on, function how) : waiting_(on), how_(std::move(how)) {}

name_lookup::endpoints name_lookup::system_lookup(const std::string& host, const std::string& port,
                                                  std::error_code& problem) {
  asio::io_context unused{1};
  return asio::ip::tcp::resolver(unused).resolve(host, port, asio::ip::tcp::resolver::numeric_service, problem);
}

asio::awaitable<name_lookup::endpoints> name_lookup::resolve(std::string host, std::string port,
                                                             std::error_code& problem) {
  const auto state = std::make_shared<shared>(waiting_);
  running_ = state;
  waiting_.expires_at(std::chrono::steady_clock::time_point::max());
  try {
    std::thread([state, how = how_, host = std::move(host), port = std::move(port)] {
      std::error_code p;
      endpoints got;
      try {
        got = how(host, port, p);
      } catch (const std::exception&) {
        p = std::make_error_code(std::errc::not_enough_memory);
      }
      state->finish(std::move(got), p, state);
    }).detach();
  } catch (const std::system_error& e) {
    problem = e.code();
    co_return endpoints{};
  }
  co_await wait(waiting_);
  const std::lock_guard lock(state->guard);
  const bool mine = state->finished && !state->abandoned;
  state->abandoned = true;
  state->on = {};
  problem = mine ? state->problem : asio::error::operation_aborted;
  co_return mine ? std::move(state->found) : endpoints{};
}

void name_lookup::cancel() noexcept {
  if (running_) {
    const std::lock_guard lock(running_->guard);
    running_->abandoned = true;
    running_->on = {};
  }
  running_.reset();
  waiting_.cancel();
}

}  // namespace outmap::net
