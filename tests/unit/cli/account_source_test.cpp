#include "cli/account_source.hpp"

#include <doctest/doctest.h>

#include "cli/locations.hpp"
#include "support/temp_dir.hpp"

using namespace outmap;
using namespace outmap::cli;

namespace {

constexpr const char* two =
    "[account.a]\nurl='imaps://"
    "u@a.example'\npassword_command='x'\nfingerprint='aabbccddeeff00112233445566778899aabbccddeeff00112233445566778899'"
    "\n"
    "[account.b]\nurl='imaps://u@b.example'\n";

shared_options with_file(const test::temp_dir& dir, const char* text) {
  shared_options o;
  o.account.config = dir.write("c.toml", text).string();
  return o;
}

}  // namespace

TEST_CASE("the command line wins over the file") {
  const test::temp_dir dir;
  auto o = with_file(dir, two);
  o.account.name = "a";
  o.account.cache = "x.outmap";
  o.connection.password_file = "secret.txt";
  o.connection.timeout = std::chrono::seconds(7);
  const auto got = choose_accounts(o, how_many::all, secret("from the environment"));
  REQUIRE(got.has_value());
  REQUIRE(got->size() == 1);
  CHECK(got->front().config.cache == "x.outmap");
  CHECK(got->front().config.timeout == std::chrono::seconds(7));
  CHECK(got->front().config.fingerprint.starts_with("aabb"));
  CHECK(got->front().password.command.empty());
  CHECK(got->front().password.file == "secret.txt");
  CHECK_FALSE(got->front().password.given.has_value());
}

TEST_CASE("OUTMAP_PASSWORD serves one account and is never shown to the servers of several") {
  const test::temp_dir dir;
  auto o = with_file(dir, two);
  const auto several = choose_accounts(o, how_many::all, secret("x"));
  REQUIRE(several.has_value());
  REQUIRE(several->size() == 2);
  CHECK_FALSE((*several)[0].password.given.has_value());
  CHECK_FALSE((*several)[1].password.given.has_value());
  o.account.name = "a";
  const auto one = choose_accounts(o, how_many::all, secret("x"));
  REQUIRE(one.has_value());
  CHECK(one->front().password.given.has_value());
}

TEST_CASE("which account is meant must be clear") {
  const test::temp_dir dir;
  auto o = with_file(dir, two);
  CHECK(choose_accounts(o, how_many::one, {}).error().detail.find("--account: a, b") != std::string::npos);
  o.account.cache = "x";
  CHECK(choose_accounts(o, how_many::all, {}).error().detail.find("--cache belongs to one account") !=
        std::string::npos);
  o.account.name = "c";
  CHECK(choose_accounts(o, how_many::one, {}).error().code == errc::invalid_argument);
  o.account.name = "a";
  o.account.url = "imaps://u@c.example";
  CHECK(choose_accounts(o, how_many::one, {}).error().detail == "--url and --account exclude each other");
  auto empty = with_file(dir, "# nothing\n");
  CHECK(choose_accounts(empty, how_many::all, {}).error().code == errc::config_invalid);
}

TEST_CASE("a URL makes an account, and its cache file is named after it") {
  shared_options o;
  o.account.url = "imaps://anna@imap.example.org";
  const auto got = choose_accounts(o, how_many::one, {});
  REQUIRE(got.has_value());
  CHECK(got->front().config.name == "anna@imap.example.org");
  CHECK(got->front().config.cache == default_cache_file("anna@imap.example.org"));
}

TEST_CASE("a cache alone is enough for a command without network") {
  shared_options o;
  o.account.cache = "x.outmap";
  const auto got = choose_caches(o, how_many::one);
  REQUIRE(got.has_value());
  CHECK(got->front().file == "x.outmap");
}

TEST_CASE("names become file names that differ") {
  CHECK(safe_file_name("anna@imap.example.org") == "anna@imap.example.org");
  CHECK(safe_file_name("../../etc/passwd") == "%2E.%2F..%2Fetc%2Fpasswd");
  CHECK(safe_file_name("a/b") != safe_file_name("a%2Fb"));
  CHECK(safe_file_name("ü") == "%C3%BC");
  const auto x = safe_file_name(std::string(400, 'x') + "1");
  const auto y = safe_file_name(std::string(400, 'x') + "2");
  CHECK(x.size() < 200);
  CHECK(x != y);
}

TEST_CASE("a relative path belongs to its base") {
  CHECK(expanded("x/y", "/base") == "/base/x/y");
  CHECK(expanded("/x", "/base") == "/x");
  CHECK(expanded("", "/base").empty());
}
