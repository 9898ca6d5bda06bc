#include "support/loopback_port.hpp"

#include <doctest/doctest.h>

#include <set>

TEST_CASE("ports asked for at once are all different: two listeners of a server once were given the same") {
  const auto ports = outmap::test::free_loopback_ports(200);
  CHECK(std::set(ports.begin(), ports.end()).size() == 200);
  CHECK_FALSE(std::set(ports.begin(), ports.end()).contains(0));
}
