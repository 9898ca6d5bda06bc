// The transcript as a file: whose it is, what it may not spoil.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "cli/bundled_server.hpp"

using namespace outmap::test;
namespace fs = std::filesystem;

namespace {

bool says(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

}  // namespace

TEST_CASE("a trace is for its owner alone, whatever the umask, and is added to") {
  bundled_server s;
  const auto trace = s.dir() / "trace";
  for (int run = 0; run < 2; ++run) {
    const auto before = run == 0 ? 0 : fs::file_size(trace);
    CHECK(s.run_by_shell("umask 0; exec \"$0\" \"$@\"", s.on("folders", {"--trace", trace.string()})).exit_code == 0);
    CHECK(fs::status(trace).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
    CHECK(fs::file_size(trace) > before);
    fs::permissions(trace, fs::perms(0666));
  }
}

TEST_CASE("a trace spoils no other file: cache, configuration, CA file, mail") {
  bundled_server s;
  REQUIRE(s.run(s.on("sync")).exit_code == 0);
  const auto letter = s.dir().write("letter.txt", "Dear Anna\n");
  const auto config = s.dir().write("c.toml", "# my accounts\n");
  for (const fs::path& file : {s.cache(), s.dir() / "ca.pem", fs::path(letter), fs::path(config)}) {
    const auto before = read_file(file);
    const auto got = s.run(s.on("sync", {"--trace", file.string()}));
    CAPTURE(describe(got));
    CHECK(got.exit_code == 2);
    CHECK(says(got.err, "--trace " + file.string()));
    CHECK(read_file(file) == before);
  }
  // Not there yet, under both names.
  const auto both = (s.dir() / "both").string();
  for (const arguments& args : {s.on("sync", {"--trace", both, "--cache", both}),
                                s.on("sync", {"--trace", s.dir() / "./both", "--cache", both})}) {
    const auto got = s.run(args);
    CAPTURE(describe(got));
    CHECK(got.exit_code == 2);
    CHECK(says(got.err, "used for something else"));
  }
}

TEST_CASE("traces that cannot be written from the start end with 2 before anything is sent") {
  bundled_server s;
  s.server();
  const auto pipe = s.dir() / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  for (const std::string& place :
       {std::string("no/such/folder"), std::string("."), pipe.string(), std::string("/proc/trace")}) {
    const auto got = s.run(s.on("login", {"--trace", place, "--json"}));
    CAPTURE(describe(got));
    CHECK(got.exit_code == 2);
    CHECK(parse_events(got.out).back()["error"]["code"] == "file_error");
  }
  CHECK(s.server().log().totals().connections == 0);
  if (::geteuid() == 0) {
    const auto foreign = s.dir().write("foreign", "");
    REQUIRE(::chown(foreign.c_str(), 65534, 65534) == 0);
    const auto got = s.run(s.on("login", {"--trace", foreign.string()}));
    CHECK(got.exit_code == 2);
    CHECK(says(got.err, "belongs to another user"));
  }
}
