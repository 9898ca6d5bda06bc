#include "auth/plain.hpp"

#include <doctest/doctest.h>

using namespace std::string_literals;
using outmap::errc;
using outmap::secret;
namespace auth = outmap::auth;

namespace {

auth::credentials who(std::string user, std::string_view password) {
  auth::credentials out;
  out.user = std::move(user);
  out.password = secret(password);
  return out;
}

}  // namespace

TEST_CASE("OIMAP-E0001 PLAIN sends user and password after NUL") {
  auth::plain mechanism(who("anna", "p\xc3\xa4ss \"word\""));
  CHECK(mechanism.name() == "PLAIN");
  CHECK_FALSE(mechanism.complete());
  CHECK(mechanism.step("").value() == "\0anna\0p\xc3\xa4ss \"word\""s);
  CHECK(mechanism.complete());
  CHECK(mechanism.step("").error().code == errc::mechanism_failed);
}

TEST_CASE("PLAIN refuses what would change the meaning of the message") {
  const auto code = [](std::string user, std::string_view password) {
    auth::plain mechanism(who(std::move(user), password));
    const auto got = mechanism.step("");
    CHECK_FALSE(mechanism.complete());
    REQUIRE_FALSE(got);
    CHECK(got.error().message().find("hidden") == std::string::npos);
    return got.error().code;
  };
  CHECK(code("an\0na"s, "hidden") == errc::invalid_argument);
  CHECK(code("anna", "hid\0den"s) == errc::invalid_argument);
  CHECK(code("anna", "hidden\xff") == errc::invalid_argument);
  CHECK(code("anna\xc3", "hidden") == errc::invalid_argument);
  CHECK(code("", "hidden") == errc::credentials_missing);
  CHECK(code("anna", "") == errc::credentials_missing);
}
