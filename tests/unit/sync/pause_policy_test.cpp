#include "sync/pause_policy.hpp"

#include <doctest/doctest.h>

using namespace outmap::sync;
using namespace std::chrono_literals;

TEST_CASE("a pause is granted as it was asked for, up to five minutes and eight in a row") {
  CHECK(granted_pause(20ms, 1) == 20ms);
  CHECK(granted_pause(5min, 8) == 5min);
  CHECK_FALSE(granted_pause(5min + 1ms, 1));
  CHECK_FALSE(granted_pause(1ms, 9));
}

TEST_CASE("a server that names no time is left alone for ten seconds") { CHECK(granted_pause(0ms, 1) == 10s); }
