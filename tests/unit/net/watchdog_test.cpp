#include "net/watchdog.hpp"

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <doctest/doctest.h>

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
