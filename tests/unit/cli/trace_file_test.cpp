#include "cli/trace_file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <regex>

#include "support/temp_dir.hpp"

using namespace outmap;
using outmap::cli::redactor;
using outmap::cli::trace_file;

namespace {

const redactor nothing_hidden;

}  // namespace

TEST_CASE("a transcript is appended, line by line, for our eyes only") {
  const test::temp_dir dir;
  const auto file = dir.write("t.log", "# 2026-01-01T00:00:00Z before\n");
  REQUIRE(::chmod(file.c_str(), 0644) == 0);
  {
    const auto t = trace_file::open(file, true, nothing_hidden);
    REQUIRE(t.has_value());
    CHECK((*t)->wants_bodies());
    (*t)->note("connected");
    (*t)->client("a1 NOOP");
    (*t)->server("a1 OK");
    // Written already, before it is closed.
    CHECK(
        std::regex_match(test::read_file(file),
                         std::regex("# 2026-01-01T00:00:00Z before\n"
                                    "# \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ connected\nC: a1 NOOP\nS: a1 OK\n")));
    CHECK((*t)->problem() == 0);
  }
  struct stat facts {};
  REQUIRE(::stat(file.c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
}

TEST_CASE("a trace that cannot be written says so") {
  const test::temp_dir dir;
  CHECK(trace_file::open(dir / "no/such/folder", false, nothing_hidden).error().code == errc::file_error);
  const auto full = trace_file::open("/dev/full", false, nothing_hidden);
  REQUIRE(full.has_value());
  (*full)->client("x");
  CHECK((*full)->problem() == ENOSPC);
}

TEST_CASE("what is hidden does not stand in a transcript, and a file that is none is left alone") {
  const test::temp_dir dir;
  redactor hidden;
  {
    const auto t = trace_file::open(dir / "t", false, hidden);
    REQUIRE(t.has_value());
    // The password becomes known after the file was opened.
    hidden.hide("anna", secret("p\xc3\xa4ssword"));
    (*t)->server("a1 NO p\\xc3\\xa4ssword");
    (*t)->server("AGFubmEAcMOkc3N3b3Jk p\xc3\xa4ssword");
  }
  CHECK(test::read_file(dir / "t") == "S: a1 NO <secret>\nS: <secret> <secret>\n");
  const auto letter = dir.write("letter", "Dear Anna\n");
  CHECK(trace_file::open(letter, false, hidden).error().code == errc::file_error);
  CHECK(test::read_file(letter) == "Dear Anna\n");
}
