#include "cli/password_source.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <string>

#include "cli/shell_command.hpp"
#include "support/temp_dir.hpp"

using namespace outmap;
using namespace outmap::cli;
using namespace std::chrono_literals;

namespace {

interruption& signals() {
  static interruption instance;
  return instance;
}

result<found_password> by_command(const std::string& command) {
  return find_password({command, {}, {}}, "x", signals());
}
result<found_password> by_file(const std::filesystem::path& file) {
  return find_password({{}, file, {}}, "x", signals());
}

}  // namespace

TEST_CASE("a command's first line is the password") {
  CHECK(by_command("echo 's3 cret '; echo more")->value.reveal() == "s3 cret ");
  CHECK(by_command("printf 'no end'")->value.reveal() == "no end");
  CHECK(by_command("printf 'crlf\\r\\n'")->value.reveal() == "crlf");
  CHECK(by_command("echo pw; head -c 1000000 /dev/zero")->value.reveal() == "pw");
  CHECK(by_command("echo noise >&2; echo pw")->value.reveal() == "pw");
}

TEST_CASE("a command that fails says why, without the password") {
  const auto failed = by_command("echo halfway-secret; printf 'no \\033[31mkey\\n' >&2; exit 3");
  REQUIRE_FALSE(failed.has_value());
  CHECK(failed.error().code == errc::credentials_missing);
  CHECK(failed.error().detail.find("exit code 3") != std::string::npos);
  CHECK(failed.error().message().find("no \\x1b[31mkey") != std::string::npos);
  CHECK(failed.error().message().find("halfway-secret") == std::string::npos);
  CHECK(by_command("kill -9 $$").error().detail.find("signal 9") != std::string::npos);
  CHECK(by_command("true").error().detail.find("empty") != std::string::npos);
  CHECK(by_command("head -c 70000 /dev/zero | tr '\\0' x").error().detail.find("over 65536") != std::string::npos);
  CHECK(by_command("printf 'a\\0b\\n'").error().detail.find("NUL") != std::string::npos);
  CHECK(by_command("exec /nonexistent/program").error().code == errc::credentials_missing);
}

TEST_CASE("a command that keeps a grandchild does not hold us up") {
  const auto got = first_line_of("sleep 1000 & echo pw; echo $! >&2", signals(), {});
  CHECK(got->reveal() == "pw");
}

TEST_CASE("a command that never ends is ended") {
  shell_limits hurried;
  hurried.patience = 50ms;
  const auto got = first_line_of("exec sleep 1000", signals(), hurried);
  REQUIRE_FALSE(got.has_value());
  CHECK(got.error().code == errc::credentials_missing);
  CHECK(got.error().detail.find("did not end") != std::string::npos);
}

TEST_CASE("a file's first line is the password, and others who can read it are told of") {
  const test::temp_dir dir;
  const auto file = dir.write("pw", "s3cret\r\nsecond\n");
  REQUIRE(::chmod(file.c_str(), 0600) == 0);
  auto got = by_file(file);
  REQUIRE(got.has_value());
  CHECK(got->value.reveal() == "s3cret");
  CHECK(got->warning.empty());
  REQUIRE(::chmod(file.c_str(), 0640) == 0);
  got = by_file(file);
  REQUIRE(got.has_value());
  CHECK(got->warning.find("others can read") != std::string::npos);
  CHECK(by_file(dir / "none").error().code == errc::file_error);
  CHECK(by_file(dir.path()).error().code == errc::file_error);
  CHECK(by_file(dir.write("empty", "\nsecond\n")).error().code == errc::credentials_missing);
  CHECK(by_file(dir.write("long", std::string(70000, 'x'))).error().code == errc::config_invalid);
}

TEST_CASE("the variable is taken out of the environment and overwritten there") {
  REQUIRE(::setenv(password_variable, "from-outside", 1) == 0);
  const char* const place = ::getenv(password_variable);
  const auto got = take_environment_password();
  REQUIRE(got.has_value());
  CHECK(got->reveal() == "from-outside");
  CHECK(::getenv(password_variable) == nullptr);
  CHECK(place[0] == '\0');
  CHECK_FALSE(take_environment_password().has_value());
  CHECK(find_password({{}, {}, got}, "x", signals())->value.reveal() == "from-outside");
  CHECK(by_command("echo \"[$OUTMAP_PASSWORD]\"")->value.reveal() == "[]");
}
