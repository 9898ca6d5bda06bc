// Without the servers these tests need there is nothing to test: ctest shows 77 as skipped. Who wants to be sure that
// they ran sets OUTMAP_REQUIRE_INTEROP=1.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdlib>
#include <iostream>
#include <string_view>

#include "interop/needed_server.hpp"
#include "support/results_listener.hpp"

REGISTER_LISTENER("results", 1, outmap::test::results_listener);

int main(int argc, char** argv) {
  if (const auto missing = outmap::interop::missing_server(); !missing.empty()) {
    const char* required = std::getenv("OUTMAP_REQUIRE_INTEROP");  // NOLINT(concurrency-mt-unsafe): no other thread yet
    const bool must = required != nullptr && std::string_view(required) == "1";
    std::cerr << (must ? "cannot run: " : "skipped: ") << missing << '\n';
    return must ? 1 : 77;
  }
  doctest::Context context(argc, argv);
  return context.run();
}
