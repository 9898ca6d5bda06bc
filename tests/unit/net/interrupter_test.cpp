#include "net/interrupter.hpp"

#include <doctest/doctest.h>

#include <memory>

using outmap::net::interrupter;

TEST_CASE("an interruption reaches everything that is registered, and nothing that has gone") {
  interrupter stop;
  int first = 0;
  int second = 0;
  const interrupter::registration stays(stop, [&] { ++first; });
  { const interrupter::registration goes(stop, [&] { ++second; }); }
  CHECK_FALSE(stop.interrupted());
  stop.interrupt();
  CHECK(stop.interrupted());
  CHECK(first == 1);
  CHECK(second == 0);
}

TEST_CASE("a registration may end itself while it is being interrupted") {
  interrupter stop;
  std::unique_ptr<interrupter::registration> own;
  own = std::make_unique<interrupter::registration>(stop, [&] { own.reset(); });
  stop.interrupt();
  CHECK_FALSE(own);
}
