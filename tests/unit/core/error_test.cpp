#include "outmap/error.hpp"

#include <doctest/doctest.h>

#include "outmap/secret.hpp"

using namespace outmap;

TEST_CASE("printable escapes what moves a cursor, hides text or turns it around") {
  CHECK(printable("plain text") == "plain text");
  CHECK(printable("Entwürfe 日本") == "Entwürfe 日本");
  CHECK(printable("a\x1b[2Jb\r\n") == "a\\x1b[2Jb\\x0d\\x0a");
  CHECK(printable("abc\xe2\x80\xae" "def") == "abc\\u{202e}def");
  CHECK(printable("\xc2\x9b") == "\\u{9b}");
  CHECK(printable(std::string_view("\0", 1)) == "\\x00");
}

TEST_CASE("printable escapes octets that are no valid UTF-8") {
  CHECK(printable("\xff") == "\\xff");
  CHECK(printable("\xc0\xaf") == "\\xc0\\xaf");           // overlong
  CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");  // surrogate
  CHECK(printable("\xe2\x82") == "\\xe2\\x82");           // cut off
  CHECK(printable("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");
}

TEST_CASE("printable shows a bounded part") { CHECK(printable(std::string(2000, 'x'), 3) == "xxx…"); }

TEST_CASE("an error's message holds kind, detail and the server's text, escaped") {
  const error e(errc::command_refused, "SELECT Archive", "no \x1b[31mway");
  CHECK(e.message() == "the server refused the command: SELECT Archive (server: no \\x1b[31mway)");
  CHECK(e.reach == scope::folder);
}

TEST_CASE("every code has a text and converts to std::error_code") {
  for (int i = 1; i < 140; ++i) {
    const auto code = static_cast<errc>(i);
    if (default_scope(code) == scope::account && make_error_code(code).message() == "unknown error") continue;
    CHECK(make_error_code(code).message() != "unknown error");
  }
  const std::error_code ec = errc::cache_locked;
  CHECK(ec.category() == outmap_category());
  CHECK(ec.message() == "another run is using the cache");
}

TEST_CASE("a secret is wiped when it goes") {
  std::string s = "correct horse battery staple";
  const char* octets = s.data();
  wipe(s);
  CHECK(s.empty());
  CHECK(std::string_view(octets, 1) != "c");
  secret a{std::string_view("one")};
  secret b = a;
  secret c = std::move(a);
  CHECK(a.empty());
  CHECK(b.reveal() == "one");
  b = std::move(c);
  CHECK(b.reveal() == "one");
}
