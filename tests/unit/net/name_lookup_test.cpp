#include <doctest/doctest.h>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>

#include <atomic>
#include <future>
#include <new>
#include <thread>

#include "net/name_lookup.hpp"

using namespace outmap;

namespace {

using endpoints = net::name_lookup::endpoints;

endpoints loopback(const std::string& host, const std::string& port) {
  return endpoints::create(asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 1143), host, port);
}

struct outcome {
  endpoints found;
  std::error_code problem;
  bool ended = false;
};

asio::awaitable<void> look_up(net::name_lookup& with, outcome& out) {
  out.found = co_await with.resolve("mail.example", "1143", out.problem);
  out.ended = true;
}

// Has no memory for what another thread posts, a few times.
class faltering_executor {
 public:
  faltering_executor(asio::io_context& loop, std::atomic<int>& failures) : loop_(&loop), failures_(&failures) {}
  bool operator==(const faltering_executor&) const noexcept = default;
  asio::execution_context& query(asio::execution::context_t) const noexcept { return *loop_; }
  static constexpr asio::execution::blocking_t query(asio::execution::blocking_t) noexcept {
    return asio::execution::blocking.never;
  }
  faltering_executor require(asio::execution::blocking_t::never_t) const { return *this; }
  template <class F>
  void execute(F what) const {
    if (std::this_thread::get_id() != home_ && failures_->fetch_sub(1) > 0) throw std::bad_alloc();
    asio::post(*loop_, std::move(what));
  }

 private:
  asio::io_context* loop_;
  std::atomic<int>* failures_;
  std::thread::id home_ = std::this_thread::get_id();
};

}  // namespace

TEST_CASE("a look-up that finds no memory for its message tells it when there is some") {
  asio::io_context loop{1};
  std::atomic<int> failures{3};
  const auto work = asio::make_work_guard(loop);
  net::name_lookup with(faltering_executor(loop, failures), [](const std::string& host, const std::string& port,
                                                               std::error_code&) { return loopback(host, port); });
  outcome out;
  asio::co_spawn(loop, look_up(with, out), [&](const std::exception_ptr&) { loop.stop(); });
  loop.run();
  CHECK(out.ended);
  CHECK(out.found.size() == 1);
  CHECK(failures == -1);
}

TEST_CASE("a look-up gives what the resolver found") {
  asio::io_context loop{1};
  net::name_lookup with(loop.get_executor(), [](const std::string& host, const std::string& port, std::error_code&) {
    return loopback(host, port);
  });
  outcome out;
  asio::co_spawn(loop, look_up(with, out), asio::detached);
  loop.run();
  CHECK(out.ended);
  CHECK_FALSE(out.problem);
  REQUIRE(out.found.size() == 1);
  CHECK(out.found.begin()->endpoint().port() == 1143);
  CHECK(out.found.begin()->host_name() == "mail.example");
}

TEST_CASE("a look-up tells why the resolver found nothing") {
  asio::io_context loop{1};
  net::name_lookup with(loop.get_executor(), [](const std::string&, const std::string&, std::error_code& problem) {
    problem = asio::error::host_not_found;
    return endpoints{};
  });
  outcome out;
  asio::co_spawn(loop, look_up(with, out), asio::detached);
  loop.run();
  CHECK(out.problem == asio::error::host_not_found);
  CHECK(out.found.empty());
}

TEST_CASE("a resolver that blocks does not hold up who has stopped waiting") {
  std::promise<void> release;
  std::promise<void> done;
  {
    asio::io_context loop{1};
    const auto until = release.get_future().share();
    net::name_lookup with(loop.get_executor(),
                          [&done, until](const std::string& host, const std::string& port, std::error_code&) {
                            until.wait();
                            auto found = loopback(host, port);
                            done.set_value();
                            return found;
                          });
    outcome out;
    asio::co_spawn(loop, look_up(with, out), asio::detached);
    asio::post(loop, [&] { with.cancel(); });
    loop.run();
    CHECK(out.ended);
    CHECK(out.problem == asio::error::operation_aborted);
  }
  // The executor is gone when the resolver at last returns.
  release.set_value();
  done.get_future().wait();
}

TEST_CASE("a look-up that nobody ever awaited to its end goes with its executor") {
  std::promise<void> release;
  std::promise<void> done;
  {
    asio::io_context loop{1};
    const auto until = release.get_future().share();
    const auto blocked = [&done, until](const std::string&, const std::string&, std::error_code&) {
      until.wait();
      done.set_value();
      return endpoints{};
    };
    auto with = std::make_unique<net::name_lookup>(loop.get_executor(), blocked);
    outcome out;
    asio::co_spawn(loop, look_up(*with, out), asio::detached);
    loop.poll();
    with.reset();
    loop.run();
    CHECK(out.ended);
  }
  release.set_value();
  done.get_future().wait();
}

TEST_CASE("the system's resolver knows addresses in figures") {
  std::error_code problem;
  const auto found = net::name_lookup::system_lookup("127.0.0.1", "993", problem);
  CHECK_FALSE(problem);
  REQUIRE(found.size() >= 1);
  CHECK(found.begin()->endpoint().port() == 993);
}
