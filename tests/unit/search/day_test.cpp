#include "search/day.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>

using outmap::search::beginning_of;

namespace {

// 2024-03-15T12:00:00Z
constexpr std::int64_t now = 1710504000;
constexpr std::int64_t day = 86400;
constexpr std::int64_t today = 1710460800;

struct in_utc {
  in_utc() {
    setenv("TZ", "UTC", 1);
    tzset();
  }
};

}  // namespace

TEST_CASE_FIXTURE(in_utc, "days, months and years begin at midnight") {
  CHECK(beginning_of("2024-03-15", now) == today);
  CHECK(beginning_of("2024-03", now) == today - 14 * day);
  CHECK(beginning_of("2024", now) == today - 74 * day);
  CHECK(beginning_of("today", now) == today);
  CHECK(beginning_of("yesterday", now) == today - day);
  CHECK(beginning_of("10d", now) == today - 10 * day);
  CHECK(beginning_of("2w", now) == today - 14 * day);
  CHECK(beginning_of("1m", now) == today - 29 * day);
  CHECK(beginning_of("1y", now) == today - 366 * day);
  CHECK(beginning_of("0d", now) == today);
}

TEST_CASE_FIXTURE(in_utc, "what is no day is none") {
  for (const char* text : {"", "x", "d", "-1d", "2024-13", "2024-02-30", "2024-3-1", "24-03-01", "2024-03-15T10",
                           "2024-", "20240315", "99999d", "1 d", "12345", "2024-03-1x", "1h"}) {
    CAPTURE(text);
    CHECK_FALSE(beginning_of(text, now));
  }
}
