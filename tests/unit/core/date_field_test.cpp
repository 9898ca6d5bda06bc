#include "core/date_field.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace outmap;

namespace {

std::string read(std::string_view body) {
  const auto date = parse_date_field(body);
  return date ? std::to_string(date->unix_seconds) + " " + std::to_string(date->zone_minutes) : "none";
}

}  // namespace

TEST_CASE("OIMAP-V0006 a Date field is a point in time with its zone") {
  CHECK(read(" Sat, 21 Nov 2026 07:00:00 +0000") == "1795244400 0");
  CHECK(read("21 Nov 2026 08:30:00 +0130") == "1795244400 90");
  CHECK(read("Fri, 20 Nov 2026 23:00:00 -0800 (PST)") == "1795244400 -480");
  CHECK(read("1 Jan 1970 00:00 +0000") == "0 0");
}

TEST_CASE("obsolete forms of a Date field are understood") {
  CHECK(read("Sat, 21 Nov 26 07:00:00 GMT") == "1795244400 0");
  CHECK(read("21 (day) Nov (month \\) still) 2026 02 : 00 : 00 EST") == "1795244400 -300");
  CHECK(read("Thursday, 01-Jan-70 00:00:01 GMT") == "1 0");
  CHECK(read("Sat, 21 Nov 2026 07:00:00") == "1795244400 0");
  CHECK(read("Sat, 21 Nov 2026 07:00:00 Z") == "1795244400 0");
  CHECK(read("1 Jan 100 00:00:00 +0000") == read("1 Jan 2000 00:00:00 +0000"));
  CHECK(read("29 Feb 2024 12:00:60 +0000") != "none");
}

TEST_CASE("what is no date is nothing") {
  for (const auto* bad : {"", "yesterday", "32 Nov 2026 07:00:00 +0000", "29 Feb 2023 07:00:00 +0000", "21 Nov 2026",
                          "21 Nov 2026 24:00:00 +0000", "21 Nov 2026 07:60:00 +0000", "21 Foo 2026 07:00:00 +0000",
                          "21 Nov 2026 07:00:00 +9999", "21 Nov 20266 07:00:00 +0000",
                          "99999999999999999999 Nov 2026 07:00:00 +0000", "(((((((("}) {
    CAPTURE(std::string(bad));
    CHECK(read(bad) == "none");
  }
}

TEST_CASE("the first Date field of the header counts, unfolded, and nothing in the body") {
  const auto seconds = [](std::string_view header) {
    const auto date = date_of_header(header);
    return date ? date->unix_seconds : -1;
  };
  CHECK(
      seconds("Subject: x\r\nDATE : Sat, 21 Nov 2026\r\n\t07:00:00 +0000\r\nDate: 1 Jan 1970 00:00:00 +0000\r\n\r\n") ==
      1795244400);
  CHECK(seconds("Subject: x\n\nDate: Sat, 21 Nov 2026 07:00:00 +0000\n") == -1);
  CHECK(seconds("Resent-Date: Sat, 21 Nov 2026 07:00:00 +0000\r\n\r\n") == -1);
  CHECK(seconds("") == -1);
  CHECK(seconds("Date: " + std::string(100000, '(')) == -1);
}
