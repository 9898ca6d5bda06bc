#include "cli/redactor.hpp"

#include <doctest/doctest.h>

#include <string>

#include "support/base64.hpp"

using namespace outmap;
using outmap::cli::redactor;

TEST_CASE("a password is hidden in all the forms in which a server may repeat it") {
  const std::string password =
      "s\xc3\xa9"
      "cret \"x\\y\x01";
  redactor r;
  r.hide("anna", secret(password));
  for (const std::string& form :
       {password,
        std::string("s\xc3\xa9"
                    "cret \\\"x\\\\y\x01"),
        std::string("s\\xc3\\xa9"
                    "cret \"x\\y\\x01"),
        std::string("s\\xc3\\xa9"
                    "cret \\\"x\\\\y\\x01"),
        printable(password), test::to_base64(password), test::to_base64(std::string("\0anna\0", 6) + password)}) {
    CAPTURE(form);
    const auto cleaned = r.clean("NO <" + form + "> and " + form);
    CHECK(cleaned.starts_with("NO <<secret>"));
    CHECK(cleaned.find("cret") == cleaned.find("cret>"));
    CHECK(cleaned.find(form) == std::string::npos);
  }
  CHECK(r.clean("NO of another text") == "NO of another text");
}

TEST_CASE("base64 is hidden at every length, with padding and without") {
  for (std::size_t size = 4; size < 12; ++size) {
    const std::string password = std::string("Zq7w").append(size - 4, 'k');
    redactor r;
    r.hide("bob", secret(password));
    auto coded = test::to_base64(password);
    while (coded.ends_with('=')) coded.pop_back();
    CHECK(r.clean("x" + coded).starts_with("x<secret>"));
    CHECK(r.clean(test::to_base64(password)).starts_with("<secret>"));
  }
}

TEST_CASE("a password is hidden in the base64 of any text around it") {
  for (std::size_t size = 5; size < 12; ++size) {
    const std::string password = std::string("Zq7wk").append(size - 5, 'k');
    redactor r;
    r.hide("bob", secret(password));
    for (const std::string before : {"", "x", "xy", "LOGIN anna ", "abcd"}) {
      for (const std::string after : {"", "\"", "\r\n"}) {
        const auto coded = test::to_base64(before + password + after);
        const auto cleaned = r.clean(coded);
        CAPTURE(coded);
        CAPTURE(cleaned);
        CHECK(cleaned.find("<secret>") != std::string::npos);
        // What is left holds no more than two of its digits on either side.
        CHECK(cleaned.size() <= coded.size() - size * 8 / 6 + 4 + 8);
      }
    }
  }
}

TEST_CASE("several passwords are hidden; a very short one is not, since the gaps would tell it") {
  redactor r;
  CHECK(r.clean("untouched") == "untouched");
  r.hide("a", secret("first-one"));
  r.hide("b", secret("first-one-longer"));
  r.hide("c", secret("abc"));
  CHECK(r.clean("first-one first-one-longer abc") == "<secret> <secret> abc");
  const auto e = r.clean(error(errc::authentication_failed, "for first-one", "NO first-one"));
  CHECK(e.detail == "for <secret>");
  CHECK(e.server_text == "NO <secret>");
  const auto s = r.clean(login_step{mechanism::plain, "refused", "NO first-one", "after first-one"});
  CHECK(s.server_text == "NO <secret>");
  CHECK(s.detail == "after <secret>");
}
