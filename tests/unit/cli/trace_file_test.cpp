#include "cli/trace_file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <regex>

#include "support/temp_dir.hpp"

using namespace outmap;
using outmap::cli::trace_file;

TEST_CASE("a transcript is appended, line by line, for our eyes only") {
  const test::temp_dir dir;
  const auto file = dir.write("t.log", "before\n");
  REQUIRE(::chmod(file.c_str(), 0644) == 0);
  {
    const auto t = trace_file::open(file, true);
    REQUIRE(t.has_value());
    CHECK((*t)->wants_bodies());
    (*t)->note("connected");
    (*t)->client("a1 NOOP");
    (*t)->server("a1 OK");
    // Written already, before it is closed.
    CHECK(std::regex_match(
        test::read_file(file),
        std::regex("before\n# \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ connected\nC: a1 NOOP\nS: a1 OK\n")));
    CHECK((*t)->problem() == 0);
  }
  struct stat facts {};
  REQUIRE(::stat(file.c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
}

TEST_CASE("a trace that cannot be written says so") {
  const test::temp_dir dir;
  CHECK(trace_file::open(dir / "no/such/folder", false).error().code == errc::file_error);
  const auto full = trace_file::open("/dev/full", false);
  REQUIRE(full.has_value());
  (*full)->client("x");
  CHECK((*full)->problem() == ENOSPC);
}
