#include "cli/test_results.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "cli/rule_tests.hpp"
#include "outmap/profile_rules.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

using namespace outmap;
using namespace outmap::cli;

namespace {

const std::string head = "outmap-test-results 1\n";

result<test_results> read_one(const std::string& content) {
  const test::temp_dir dir;
  test::write_file(dir / "test_a.results", content);
  return test_results::read(dir.path());
}

}  // namespace

TEST_CASE("results of several programs are read together, and a failure in one of them counts") {
  const test::temp_dir dir;
  test::write_file(dir / "test_a.results",
                   head + "passed\tunit/a.cpp\tone; with [odd] \"signs\"\nskipped\tunit/a.cpp\ttwo\n" +
                       "failed\tunit/a.cpp\tthree\n");
  test::write_file(dir / "test_b.results", head + "passed\tunit/a.cpp\ttwo\npassed\tunit/a.cpp\tthree\n");
  test::write_file(dir / "notes.txt", "nothing of ours");
  const auto got = test_results::read(dir.path());
  REQUIRE(got);
  CHECK(got->size() == 3);
  CHECK(got->of("unit/a.cpp", "one; with [odd] \"signs\"") == verdict::passed);
  CHECK(got->of("unit/a.cpp", "two") == verdict::passed);
  CHECK(got->of("unit/a.cpp", "three") == verdict::failed);
  CHECK(got->of("unit/b.cpp", "one; with [odd] \"signs\"") == std::nullopt);
  CHECK(got->of("unit/a.cpp", "four") == std::nullopt);
}

TEST_CASE("a program that was killed leaves half a line, which is passed over") {
  const auto got = read_one(head + "passed\ta.cpp\tone\nfail");
  REQUIRE(got);
  CHECK(got->size() == 1);
}

TEST_CASE("what is no file of results is refused with its place") {
  const std::pair<std::string, const char*> rows[] = {
      {"", "is no file of results"},
      {"outmap-test-results 2\n", "is no file of results"},
      {"passed\ta.cpp\tone\n", "is no file of results"},
      {head + "PASSED\ta.cpp\tone\n", "line 2: does not begin with"},
      {head + "passed\n", "line 2: does not begin with"},
      {head + "passed\ta.cpp\n", "line 2: is not verdict, file and name"},
      {head + "passed\ta.cpp\tone\ttwo\n", "line 2: is not verdict, file and name"},
      {head + "passed\ta.cpp\tone\n\n", "line 3: does not begin with"},
      {head + "passed\ta.cpp\t" + std::string(5000, 'x') + "\n", "line 2: is over 4096 octets"},
      {head + std::string(1U << 20, 'x'), "is over 1048576 octets"},
  };
  for (const auto& [content, what] : rows) {
    const auto got = read_one(content);
    CAPTURE(what);
    REQUIRE_FALSE(got);
    CHECK(got.error().code == errc::config_invalid);
    CHECK(got.error().detail.find(what) != std::string::npos);
    CHECK(got.error().detail.find("test_a.results") != std::string::npos);
  }
}

TEST_CASE("a folder without results is an error, a pipe among them is not waited for") {
  const test::temp_dir dir;
  auto got = test_results::read(dir / "none");
  REQUIRE_FALSE(got);
  CHECK(got.error().code == errc::file_error);
  REQUIRE(::mkfifo((dir / "pipe.results").c_str(), 0600) == 0);
  got = test_results::read(dir.path());
  REQUIRE_FALSE(got);
  CHECK(got.error().detail.find("no file of results") != std::string::npos);
}

TEST_CASE("there is a bound on the files of a folder") {
  const test::temp_dir dir;
  for (int i = 0; i < 1001; ++i) test::write_file(dir / (std::to_string(i) + ".results"), head);
  const auto got = test_results::read(dir.path());
  REQUIRE_FALSE(got);
  CHECK(got.error().code == errc::config_invalid);
}

TEST_CASE("what a test program notes is what is read") {
  const test::temp_dir dir;
  test::command_line self;
  self.argv = {"/proc/self/exe", "--test-case=there is a bound on the files*"};
  self.argv.front() = std::filesystem::read_symlink(self.argv.front()).string();
  self.environment["OUTMAP_TEST_RESULTS"] = (dir / "made").string();
  const auto ran = test::run(self);
  CAPTURE(ran.out);
  REQUIRE(ran.ok());
  const auto got = test_results::read(dir / "made");
  REQUIRE(got);
  constexpr std::string_view file = "unit/cli/test_results_test.cpp";
  CHECK(got->of(file, "there is a bound on the files of a folder") == verdict::passed);
  CHECK(got->of(file, "what a test program notes is what is read") == verdict::skipped);
}

TEST_CASE("a rule that is ours is proven by a test") {
  for (const auto& rule : profile_rules()) {
    if (rule.standing == rule_standing::not_ours) continue;
    const auto tests = rule_tests();
    const bool proven =
        std::any_of(tests.begin(), tests.end(), [&](const rule_test& t) { return t.id == rule.id && t.proves; });
    CHECK_MESSAGE(proven, rule.id);
  }
}

TEST_CASE("the list of tests names rules that are in the table, and this folder's files") {
  REQUIRE_FALSE(rule_tests().empty());
  for (const auto& test : rule_tests()) {
    CAPTURE(test.name);
    CHECK(find_profile_rule(test.id) != nullptr);
    CHECK((test.name.find(test.id) != std::string_view::npos || test.subcase.find(test.id) != std::string_view::npos));
    CHECK(test.file.ends_with(".cpp"));
    CHECK_FALSE(test.file.starts_with('/'));
    // What the auditor says of others' traffic proves nothing of the client.
    CHECK(test.proves == (test.file.find("/audit") == std::string_view::npos));
  }
}
