#include <doctest/doctest.h>

#include <cstdint>
#include <limits>

#include "wire/date_time.hpp"

using namespace outmap;
using wire::format_date_time;
using wire::parse_date_time;
using wire::quirk;
using wire::quirks;

TEST_CASE("a date-time is a point in time with its zone") {
  struct row {
    const char* text;
    std::int64_t seconds;
    int zone;
  };
  const row rows[] = {
      {"17-Jul-1996 02:44:25 -0700", 837596665, -420},
      {" 1-Jan-1970 00:00:00 +0000", 0, 0},
      {"01-Jan-1970 00:00:00 -0000", 0, 0},
      {"31-Dec-1969 23:59:59 +0000", -1, 0},
      {"29-feb-2024 12:00:00 +0530", 1709188200, 330},
      {" 9-MAR-2038 03:14:07 +1400", 2151666847, 840},
      {"30-Jun-2015 23:59:60 +0000", 1435708800, 0},
      {"01-Jan-0001 00:00:00 +0000", -62135596800, 0},
      {"31-Dec-9999 23:59:59 +0000", 253402300799, 0},
  };
  for (const auto& r : rows) {
    CAPTURE(r.text);
    const auto date = parse_date_time(r.text, quirks::none());
    REQUIRE(date.has_value());
    CHECK(date->unix_seconds == r.seconds);
    CHECK(date->zone_minutes == r.zone);
  }
}

TEST_CASE("what is no point in time is nothing") {
  const char* rows[] = {"",
                        "17-Jul-1996",
                        "00-Jul-1996 02:44:25 -0700",
                        "32-Jul-1996 02:44:25 -0700",
                        "30-Feb-2024 02:44:25 -0700",
                        "29-Feb-2023 02:44:25 -0700",
                        "17-Foo-1996 02:44:25 -0700",
                        "17-Ju",
                        "17-Jul-96 02:44:25 -0700",
                        "17-Jul-1996 24:44:25 -0700",
                        "17-Jul-1996 02:60:25 -0700",
                        "17-Jul-1996 02:44:61 -0700",
                        "17-Jul-1996 02:44:25 0700",
                        "17-Jul-1996 02:44:25 -2400",
                        "17-Jul-1996 02:44:25 -0760",
                        "17-Jul-1996 02:44:25 -070",
                        "17-Jul-1996 02:44:25 -07000",
                        "17-Jul-1996 02:44:25 GMT",
                        "17-Jul-1996 02:44:25 ",
                        "17-Jul-1996T02:44:25 -0700",
                        "17 Jul 1996 02:44:25 -0700",
                        "  7-Jul-1996 02:44:25 -0700",
                        "+7-Jul-1996 02:44:25 -0700",
                        "17-Jul--996 02:44:25 -0700",
                        "17-Jul-1996 -2:44:25 -0700"};
  for (const auto* text : rows) {
    CAPTURE(text);
    CHECK_FALSE(parse_date_time(text, quirks::all()).has_value());
    CHECK_FALSE(parse_date_time(text, quirks::none()).has_value());
  }
}

TEST_CASE("one moment in another zone is the same second") {
  const auto utc = parse_date_time("17-Jul-1996 09:44:25 +0000", quirks::none());
  const auto west = parse_date_time("17-Jul-1996 02:44:25 -0700", quirks::none());
  const auto east = parse_date_time("18-Jul-1996 07:29:25 +2145", quirks::none());
  REQUIRE(utc);
  REQUIRE(west);
  REQUIRE(east);
  CHECK(west->unix_seconds == utc->unix_seconds);
  CHECK(east->unix_seconds == utc->unix_seconds);
  CHECK(utc->zone_minutes == 0);
  CHECK(west->zone_minutes == -420);
  CHECK(east->zone_minutes == 1305);
}

TEST_CASE("odd dates are read only where they are tolerated") {
  const std::pair<const char*, internal_date> rows[] = {
      {"1-Jul-2020 10:00:00 +0000", {1593597600, 0}}, {"1-Jul-2020 12:00:00 +0200", {1593597600, 120}},
      {"01-Jul-2020 10:00:00", {1593597600, 0}},      {" 1-Jul-2020 10:00:00", {1593597600, 0}},
      {"1-Jul-2020 10:00:00", {1593597600, 0}},
  };
  for (const auto& [text, date] : rows) {
    CAPTURE(text);
    CHECK(parse_date_time(text, quirks::all()) == date);
    CHECK_FALSE(parse_date_time(text, quirks::none()));
    CHECK_FALSE(parse_date_time(text, quirks::all().without(quirk::odd_date)));
  }
  // No other tolerance is needed for them.
  auto alone = quirks::all();
  for (const auto& entry : outmap::wire::quirk_table()) {
    if (entry.id != quirk::odd_date) alone = alone.without(entry.id);
  }
  CHECK(parse_date_time("1-Jul-2020 10:00:00", alone) == internal_date{1593597600, 0});
}

TEST_CASE("a date is written in its zone, a day below 10 with a space") {
  CHECK(format_date_time({837596665, -420}) == "17-Jul-1996 02:44:25 -0700");
  CHECK(format_date_time({0, 0}) == " 1-Jan-1970 00:00:00 +0000");
  CHECK(format_date_time({0, -1}) == "31-Dec-1969 23:59:00 -0001");
  CHECK(format_date_time({253402300799, 0}) == "31-Dec-9999 23:59:59 +0000");
}

TEST_CASE("a date that has no date-time is not written") {
  CHECK_FALSE(format_date_time({253402300800, 0}).has_value());
  CHECK_FALSE(format_date_time({253402300799, 1}).has_value());
  CHECK_FALSE(format_date_time({-62167219201, 0}).has_value());
  CHECK_FALSE(format_date_time({0, 1440}).has_value());
  CHECK_FALSE(format_date_time({0, -1440}).has_value());
  CHECK_FALSE(format_date_time({std::numeric_limits<std::int64_t>::max(), 0}).has_value());
  CHECK_FALSE(format_date_time({std::numeric_limits<std::int64_t>::min(), 0}).has_value());
}

TEST_CASE("what is written reads back as the same point in time") {
  for (std::int64_t seconds = -60'000'000'000; seconds < 250'000'000'000; seconds += 7'654'321'987) {
    for (const std::int16_t zone : {-1439, -420, -1, 0, 1, 345, 1439}) {
      const internal_date date{seconds, zone};
      const auto text = format_date_time(date);
      REQUIRE(text.has_value());
      CHECK(parse_date_time(*text, quirks::none()) == date);
    }
  }
}
