// What is done while a connection waits for its server.
#include "session/meanwhile.hpp"

#include <doctest/doctest.h>
#include <asio/io_context.hpp>
#include <asio/post.hpp>

#include <stdexcept>

using namespace outmap;
using session::meanwhile;

TEST_CASE("work for the meantime has its turn before what is posted behind it, and is done once") {
  asio::io_context loop{1};
  int done = 0;
  meanwhile spare(loop.get_executor(), [&]() -> result<void> {
    ++done;
    return fail(errc::disk_full, "here");
  });
  CHECK(done == 0);
  int seen = 0;
  asio::post(loop, [&] { seen = done; });
  loop.run();
  CHECK(seen == 1);
  CHECK(spare.finish().error().code == errc::disk_full);
  CHECK(spare.finish().error().detail == "here");
  CHECK(done == 1);
}

TEST_CASE("work for the meantime that had no turn is done at the end of it") {
  asio::io_context loop{1};
  int done = 0;
  {
    meanwhile spare(loop.get_executor(), [&]() -> result<void> {
      ++done;
      return {};
    });
    CHECK(spare.finish());
    CHECK(done == 1);
  }
  loop.run();
  CHECK(done == 1);
}

TEST_CASE("work for the meantime is not done after the one it is for has gone") {
  asio::io_context loop{1};
  int done = 0;
  {
    const meanwhile spare(loop.get_executor(), [&]() -> result<void> {
      ++done;
      return {};
    });
  }
  loop.run();
  CHECK(done == 0);
}

TEST_CASE("an exception of work for the meantime reaches the one who asks for its result") {
  asio::io_context loop{1};
  meanwhile spare(loop.get_executor(), []() -> result<void> { throw std::runtime_error("no memory"); });
  CHECK_NOTHROW(loop.run());
  CHECK_THROWS_WITH_AS(static_cast<void>(spare.finish()), "no memory", std::runtime_error);
}

TEST_CASE("no work for the meantime is no error") {
  asio::io_context loop{1};
  meanwhile spare(loop.get_executor(), {});
  CHECK(spare.finish());
  CHECK(loop.run() == 0);
}
