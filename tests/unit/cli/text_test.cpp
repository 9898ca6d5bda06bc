#include <doctest/doctest.h>

#include <array>
#include <string>

#include "cli/nearest.hpp"
#include "cli/options.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"
#include "cli/text_width.hpp"

using namespace outmap;
using namespace outmap::cli;

TEST_CASE("a near word is suggested, a far one is not") {
  static constexpr std::array<std::string_view, 4> known = {"sync", "status", "list", "INBOX"};
  CHECK(nearest("synk", known) == "sync");
  CHECK(nearest("snyc", known) == "sync");
  CHECK(nearest("statsu", known) == "status");
  CHECK(nearest("inbx", known) == "INBOX");
  CHECK(nearest("frobnicate", known).empty());
  CHECK(nearest("", known).empty());
  CHECK(nearest(std::string(1000, 's'), known).empty());
}

TEST_CASE("widths count columns, not octets") {
  set_up_locale();
  CHECK(width_of("abc") == 3);
  CHECK(width_of("日本") == 4);
  CHECK(width_of("e\xcc\x81") == 1);
  CHECK(width_of("ü") == 1);
  CHECK(fitted("日本語", 6) == "日本語");
  CHECK(fitted("日本語", 5) == "日本…");
  CHECK(fitted("日本語", 4) == "日…");
  CHECK(fitted("abcdef", 3) == "ab…");
  CHECK(fitted("abc", 0).empty());
  CHECK(padded("日", 4) == "日  ");
  CHECK(padded_left("7", 3) == "  7");
  for (std::size_t columns = 0; columns < 12; ++columns) CHECK(width_of(padded("a日b本c語", columns)) == columns);
}

TEST_CASE("a table narrows the columns that allow it") {
  table t({{"UID", align::right}, {"From", align::left, 4}, {"Subject", align::left, 6}});
  t.add({"7", "somebody@example.org", "a rather long subject line"});
  t.add({"12345", "x", ""});
  const auto free = t.lines(0);
  CHECK(free[1] == "    7  somebody@example.org  a rather long subject line");
  CHECK(free[2] == "12345  x");
  for (std::size_t width = 19; width < 80; ++width) {
    CAPTURE(width);
    for (const auto& line : t.lines(width)) CHECK(width_of(line) <= width);
  }
}

TEST_CASE("option values are checked") {
  CHECK(timeout_from(0.5)->count() == 500);
  CHECK_FALSE(timeout_from(0).has_value());
  CHECK_FALSE(timeout_from(-1).has_value());
  CHECK_FALSE(timeout_from(1e9).has_value());
  CHECK(mechanisms_from({"plain", "ntlm", "plain"})->size() == 2);
  CHECK_FALSE(mechanisms_from({""}).has_value());
  CHECK_FALSE(mechanisms_from({"cram-md5"}).has_value());
  CHECK(ntlm_from("v1").value() == ntlm_version::v1);
  CHECK_FALSE(plaintext_from("yes").has_value());
}
