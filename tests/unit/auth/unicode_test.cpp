#include "auth/unicode.hpp"

#include <doctest/doctest.h>

#include "octets.hpp"

using auth_test::from_hex;
using auth_test::to_hex;
using outmap::errc;
namespace auth = outmap::auth;

namespace {

std::string upper(std::string_view utf8) {
  return auth::upper_case_utf16le(auth::utf16le_from_utf8(utf8, "test").value());
}
std::string utf16(std::string_view utf8) { return auth::utf16le_from_utf8(utf8, "test").value(); }

}  // namespace

TEST_CASE("UTF-8 becomes UTF-16LE") {
  CHECK(utf16("").empty());
  CHECK(to_hex(utf16("Az")) == "41007a00");
  CHECK(to_hex(utf16("\xc3\xa4")) == "e400");
  CHECK(to_hex(utf16("\xe2\x82\xac")) == "ac20");
  CHECK(to_hex(utf16("\xf0\x9f\x94\x91")) == "3dd811dd");
  CHECK(to_hex(utf16("\xf4\x8f\xbf\xbf")) == "ffdbffdf");
  CHECK(to_hex(utf16("\xef\xbf\xbd")) == "fdff");
}

TEST_CASE("what is not UTF-8 is refused and not shown") {
  for (const char* bad : {"80", "c3", "c328", "c080", "c1bf", "e08080", "e282", "eda080", "edbfbf", "f0808080",
                          "f4908080", "f8888080", "ff", "70617373c3"}) {
    CAPTURE(bad);
    const auto got = auth::utf16le_from_utf8(from_hex(bad), "password");
    REQUIRE_FALSE(got);
    CHECK(got.error().code == errc::invalid_argument);
    CHECK(got.error().detail == "password: not UTF-8");
    std::string out;
    CHECK_FALSE(auth::append_latin1(out, from_hex(bad), "password"));
  }
}

TEST_CASE("ISO 8859-1 is used where it fits") {
  std::string out = "x";
  CHECK(auth::append_latin1(out, "a\xc3\xbf", "name").value());
  CHECK(to_hex(out) == "7861ff");
  CHECK_FALSE(auth::append_latin1(out, "a\xc4\x80", "name").value());
  CHECK(to_hex(out) == "7861ff");
}

TEST_CASE("upper-casing maps letters of the named alphabets and nothing else") {
  const std::pair<const char*, const char*> known[] = {
      {"user-1@x_{|}", "USER-1@X_{|}"},
      {"\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa9\xc3\xbf", "\xc3\x84\xc3\x96\xc3\x9c\xc3\x89\xc5\xb8"},
      {"\xc3\xb7\xc3\x97\xc3\x9f\xc2\xb5", "\xc3\xb7\xc3\x97\xc3\x9f\xc2\xb5"},
      {"\xc5\x82\xc5\xbc\xc4\x8d\xc5\x99\xc5\xa1", "\xc5\x81\xc5\xbb\xc4\x8c\xc5\x98\xc5\xa0"},
      {"\xc5\x81\xc5\xbb\xc4\x8c\xc5\x98\xc5\xa0", "\xc5\x81\xc5\xbb\xc4\x8c\xc5\x98\xc5\xa0"},
      {"\xce\xac\xce\xb1\xcf\x89\xcf\x82\xcf\x8e", "\xce\x86\xce\x91\xce\xa9\xce\xa3\xce\x8f"},
      {"\xd0\xb8\xd0\xb2\xd0\xb0\xd0\xbd\xd1\x91", "\xd0\x98\xd0\x92\xd0\x90\xd0\x9d\xd0\x81"},
      {"\xc6\xa1\xc6\xb0\xe1\xba\xa1\xe1\xbb\xb9\xc8\x99\xc8\x9b",
       "\xc6\xa0\xc6\xaf\xe1\xba\xa0\xe1\xbb\xb8\xc8\x98\xc8\x9a"},
      {"\xd5\xa1\xd6\x86", "\xd4\xb1\xd5\x96"},
      {"\xf0\x9f\x94\x91\xe6\x97\xa5", "\xf0\x9f\x94\x91\xe6\x97\xa5"},
  };
  for (const auto& [from, to] : known) {
    CHECK(to_hex(upper(from)) == to_hex(utf16(to)));
    CHECK(to_hex(upper(to)) == to_hex(utf16(to)));
  }
}
