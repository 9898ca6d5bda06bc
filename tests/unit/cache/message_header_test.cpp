#include "cache/message_header.hpp"

#include "support.hpp"

using cache_test::cache::header_bound;
using cache_test::cache::header_of;

TEST_CASE("the header of a message ends with its first empty line") {
  CHECK(header_of("A: 1\r\nB: 2\r\n\r\nbody\r\n\r\nmore", true) == "A: 1\r\nB: 2\r\n\r\n");
  CHECK(header_of("A: 1\nB: 2\n\nbody\n\nmore", true) == "A: 1\nB: 2\n\n");
  CHECK(header_of("A: 1\r\n\nbody", true) == "A: 1\r\n\n");
  CHECK(header_of("A: 1\n\r\nbody", true) == "A: 1\n\r\n");
  CHECK(header_of("\r\nbody", true) == "\r\n");
  CHECK(header_of("\nbody", true) == "\n");
  CHECK(header_of("A: \r\rx\r\n \r\n\r\n", true) == "A: \r\rx\r\n \r\n\r\n");
}

TEST_CASE("a message without an empty line is all header, a beginning without one says nothing") {
  CHECK(header_of("A: 1\r\nB: 2\r\n", true) == "A: 1\r\nB: 2\r\n");
  CHECK(header_of("A: 1", true) == "A: 1");
  CHECK(header_of("A: 1\r\n\r", true) == "A: 1\r\n\r");
  CHECK(header_of("", true) == "");
  CHECK(header_of("A: 1\r\nB: 2\r\n", false) == std::nullopt);
  CHECK(header_of("A: 1\r\n\r\nb", false) == "A: 1\r\n\r\n");
}

TEST_CASE("a header is looked for within its bound") {
  const std::string fits = "A: " + std::string(header_bound - 7, 'x') + "\r\n\r\n";
  REQUIRE(fits.size() == header_bound);
  CHECK(header_of(fits, true) == fits);
  CHECK(header_of(fits + "body", true) == fits);
  CHECK(header_of("x" + fits + "body", true) == std::nullopt);
  CHECK(header_of(std::string(header_bound + 1, 'x'), true) == std::nullopt);
  CHECK(header_of(std::string(header_bound, 'x'), true)->size() == header_bound);
}
