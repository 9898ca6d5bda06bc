#include "net/watchdog.hpp"

#include <doctest/doctest.h>
#include <asio/io_context.hpp>
#include <asio/post.hpp>

#include <functional>

using outmap::net::watchdog;
using namespace std::chrono_literals;

TEST_CASE("a wait that is armed and not disarmed expires once") {
  asio::io_context loop;
  auto dog = std::make_shared<watchdog>(loop.get_executor(), 5ms);
  int expired = 0;
  dog->start([&] { ++expired; });
  dog->arm(watchdog::wait::reading);
  loop.run();
  CHECK(expired == 1);
  CHECK(dog->expired());
}

TEST_CASE("a wait that was disarmed does not expire, and a stopped watchdog lets the loop end") {
  asio::io_context loop;
  auto dog = std::make_shared<watchdog>(loop.get_executor(), 1ms);
  bool expired = false;
  dog->start([&] { expired = true; });
  dog->arm(watchdog::wait::reading);
  dog->disarm(watchdog::wait::reading);
  asio::steady_timer later(loop, 20ms);
  later.async_wait([&](const std::error_code&) { dog->stop(); });
  loop.run();
  CHECK_FALSE(expired);
}

TEST_CASE("the end of a write leaves the deadline of a pending read standing") {
  asio::io_context loop;
  auto dog = std::make_shared<watchdog>(loop.get_executor(), 5ms);
  int expired = 0;
  dog->start([&] { ++expired; });
  dog->arm(watchdog::wait::reading);
  dog->arm(watchdog::wait::writing);
  dog->disarm(watchdog::wait::writing);
  loop.run();
  CHECK(expired == 1);
}

TEST_CASE("a suspended watchdog starts the deadline of a pending wait anew") {
  asio::io_context loop;
  auto dog = std::make_shared<watchdog>(loop.get_executor(), 1ms);
  int expired = 0;
  dog->start([&] { ++expired; });
  dog->arm(watchdog::wait::writing);
  dog->suspend(true);
  int expired_while_suspended = -1;
  asio::steady_timer later(loop, 20ms);
  later.async_wait([&](const std::error_code&) {
    expired_while_suspended = expired;
    dog->suspend(false);
  });
  loop.run();
  CHECK(expired_while_suspended == 0);
  CHECK(expired == 1);
}

TEST_CASE("a watchdog that has gone calls nobody") {
  asio::io_context loop;
  bool expired = false;
  {
    auto dog = std::make_shared<watchdog>(loop.get_executor(), 1ms);
    dog->start([&] { expired = true; });
    dog->arm(watchdog::wait::reading);
  }
  loop.run();
  CHECK_FALSE(expired);
}

TEST_CASE("reads that go on and on do not put off the deadline of the whole") {
  asio::io_context loop;
  auto dog = std::make_shared<watchdog>(loop.get_executor(), 5ms);
  int expired = 0;
  dog->start([&] { ++expired; });
  dog->arm(watchdog::wait::whole);
  // As long as nothing expires, one read follows another.
  std::function<void()> read_on = [&] {
    if (expired > 0) return;
    dog->arm(watchdog::wait::reading);
    dog->disarm(watchdog::wait::reading);
    asio::post(loop, read_on);
  };
  read_on();
  loop.run();
  CHECK(expired == 1);
}
