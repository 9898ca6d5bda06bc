#include "cli/interruption.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <unistd.h>

#include <future>

#include "cli/shell_command.hpp"

using outmap::cli::interruption;

TEST_CASE("a signal runs the hooks, and hooks that come later at once") {
  interruption stop;
  CHECK_FALSE(stop.requested());
  std::promise<void> called;
  const interruption::hook first(stop, [&] { called.set_value(); });
  ::kill(::getpid(), SIGTERM);
  called.get_future().get();
  CHECK(stop.requested());
  pollfd ready{stop.descriptor(), POLLIN, 0};
  CHECK(::poll(&ready, 1, -1) == 1);
  bool late = false;
  {
    const interruption::hook second(stop, [&] { late = true; });
  }
  CHECK(late);
  const auto got = outmap::cli::first_line_of("exec sleep 1000", stop, {});
  REQUIRE_FALSE(got.has_value());
  CHECK(got.error().code == outmap::errc::cancelled);
}

TEST_CASE("without a signal it ends by itself, and a hook that has gone is not called") {
  bool called = false;
  {
    interruption stop;
    {
      const interruption::hook one(stop, [&] { called = true; });
    }
  }
  CHECK_FALSE(called);
}
