// How many bodies one command asks for.
#include "sync/command_size.hpp"

#include <doctest/doctest.h>

using outmap::sync::command_size;

TEST_CASE("commands are small while nobody knows what comes, and grow with what was carried to its end") {
  command_size size;
  CHECK(size.now() == command_size::first);
  std::uint64_t complete = 0;
  for (std::uint64_t last = size.now(); complete < 2 * command_size::most; last = size.now()) {
    for (std::uint64_t i = 0; i < last; ++i) size.came(2000);
    size.complete(last);
    complete += last;
    CHECK(size.now() >= last);
    CHECK((size.now() == command_size::first || size.now() <= complete / 2));
  }
  CHECK(size.now() == command_size::most);
}

TEST_CASE("a command asks for about 8 MiB of bodies as they have been, and for one at least") {
  command_size size;
  size.complete(10'000);
  for (int i = 0; i < 100; ++i) size.came(std::uint64_t{1} << 20);
  CHECK(size.now() == 8);
  for (int i = 0; i < 100; ++i) size.came(std::uint64_t{1} << 30);
  CHECK(size.now() == 1);
  command_size empty;
  empty.complete(10'000);
  empty.came(0);
  CHECK(empty.now() == command_size::most);
}

TEST_CASE("what was lost makes commands smaller than they were at first, until as much has come to its end again") {
  command_size size;
  size.complete(10'000);
  CHECK(size.now() == command_size::most);
  size.lost();
  CHECK(size.now() == command_size::after_loss);
  size.complete(40);
  CHECK(size.now() == 20);
  size.lost();
  CHECK(size.now() == command_size::after_loss);
  size.complete(10'000);
  CHECK(size.now() == command_size::most);
}
