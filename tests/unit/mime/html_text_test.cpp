#include "mime/html_text.hpp"

#include <doctest/doctest.h>

#include <string>

#include "mime/charset.hpp"

using outmap::mime::text_of_html;
using outmap::mime::to_utf8;

namespace {

constexpr std::size_t plenty = 1 << 20;

std::string text(const std::string& html) { return text_of_html(html, plenty).text; }

}  // namespace

TEST_CASE("the text of a page stands in lines as a browser shows them") {
  CHECK(text("<html><head><title>T</title><style>p{}</style></head><body><p>One  <b>two</b>\nthree</p><p>Four</p>") ==
        "One two three\n\nFour\n");
  CHECK(text("a<br>b<br/>c") == "a\nb\nc\n");
  CHECK(text("<ul><li>x<li>y</ul>z") == "- x\n- y\n\nz\n");
  CHECK(text("<table><tr><td>1<td>2<tr><td>3</table>") == "1 2\n3\n");
  CHECK(text("<pre>a\n  b</pre>") == "a\n  b\n");
  CHECK(text("<div>f&uuml;r &amp; &#8364; &lt;b&gt;</div>") == "für & € <b>\n");
  CHECK(text("") == "");
  CHECK(text("   \n ") == "");
}

TEST_CASE("scripts, styles and comments are not text") {
  CHECK(text("a<script>alert('x<p>y')</script>b<!-- c --><style>d</style>e") == "abe\n");
  CHECK(text("<script>never closed") == "");
}

TEST_CASE("where a link leads stands behind it") {
  CHECK(text("<a href='https://evil.example/'>your bank</a>!") == "your bank <https://evil.example/>!\n");
  CHECK(text("<a href='https://x.example'>https://x.example</a>") == "https://x.example\n");
  CHECK(text("<a href='javascript:alert(1)'>x</a>") == "x\n");
  CHECK(text("<a href='https://x.example'></a>y") == "y\n");
}

TEST_CASE("what is no HTML is borne") {
  CHECK(text("1 < 2 and 3 > 2") == "1 < 2 and 3 > 2\n");
  CHECK(text("plain") == "plain\n");
  CHECK(text(std::string("a\0b", 3)) == "a b\n");
  CHECK(text("<p>open <b>never closed") == "open never closed\n");
}

TEST_CASE("depth and length are bounded, and said to be") {
  std::string deep;
  for (int i = 0; i < 200'000; ++i) deep += "<b>";
  for (int i = 0; i < 200'000; ++i) deep += "</i>";
  const auto nested = text_of_html("before" + deep + "after", plenty);
  CHECK_FALSE(nested.whole);
  CHECK(nested.text == "before\n");

  const auto longer = text_of_html("<p>" + std::string(5000, 'x'), 100);
  CHECK_FALSE(longer.whole);
  CHECK(longer.text.size() <= 100);
  CHECK(text_of_html("<p>short", 100).whole);
}

TEST_CASE("a text that is cut at its limit ends with a whole character") {
  for (std::size_t most = 0; most < 24; ++most) {
    CAPTURE(most);
    const auto got =
        text_of_html("<p>\xe6\x97\xa5\xe6\x9c\xac\xc3\xa4\xf0\x9f\x93\xac\xe6\x97\xa5\xe6\x9c\xac</p>", most);
    CHECK(got.text.size() <= most);
    CHECK(to_utf8("utf-8", got.text).has_value());
  }
}
