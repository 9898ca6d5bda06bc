#include "cli/progress_line.hpp"

#include <doctest/doctest.h>

#include "cli/quantity.hpp"
#include "cli/terminal.hpp"
#include "cli/text_width.hpp"

using namespace outmap::cli;

TEST_CASE("a wide terminal gets the whole line") {
  const progress_moment now{"INBOX", 50, 200, 12'300'000, 3'000'000, 2};
  const auto line = progress_line(now, 100);
  CHECK(line.starts_with("INBOX [=======>"));
  CHECK(line.ends_with("]  25%  50/200 messages  12.3 MB  3.0 MB/s  1 min 15 s left"));
}

TEST_CASE("the line fits every width and loses the least important first") {
  set_up_locale();
  const progress_moment now{"受信トレイ/とても長い名前のフォルダ", 123, 34'000, 12'300'000'000, 3'000'000, 2};
  std::size_t shorter = 0;
  for (std::size_t width = 20; width <= 200; ++width) {
    CAPTURE(width);
    const auto line = progress_line(now, width);
    CHECK(width_of(line) <= width);
    CHECK((width < 33 || line.find("123/34000 ") != std::string::npos));
    if (line.find("left") == std::string::npos) ++shorter;
  }
  CHECK(shorter > 10);
  CHECK(shorter < 80);
}

TEST_CASE("totals that are not known leave the bar out") {
  const auto line = progress_line({"x", 3, 0, 1000, 0, 0}, 80);
  CHECK(line == "x 3 messages  1.0 kB");
  CHECK(progress_line({"x", 200, 200, 1000, 5, 3}, 90).find("left") == std::string::npos);
  CHECK(progress_line({"x", 300, 200, 1000, 5, 3}, 90).find("100%") != std::string::npos);
}

TEST_CASE("a rate follows a steady stream and a change of speed, and no time is no rate") {
  rate_meter m;
  m.add(0, 0);
  CHECK(m.rate() == 0);
  m.add(0, 500);
  CHECK(m.rate() == 0);
  for (int i = 1; i <= 100; ++i) m.add(i * 0.1, i * 100.0);
  CHECK(m.rate() == doctest::Approx(1000).epsilon(0.01));
  for (int i = 1; i <= 300; ++i) m.add(10 + i * 0.1, 10'000 + i * 200.0);
  CHECK(m.rate() == doctest::Approx(2000).epsilon(0.02));
}

TEST_CASE("numbers as people read them") {
  CHECK(octets_text(0) == "0 B");
  CHECK(octets_text(999) == "999 B");
  CHECK(octets_text(1000) == "1.0 kB");
  CHECK(octets_text(99'940) == "99.9 kB");
  CHECK(octets_text(99'960) == "100 kB");
  CHECK(octets_text(999'499) == "999 kB");
  CHECK(octets_text(999'500) == "1.0 MB");
  CHECK(octets_text(UINT64_MAX) == "18.4 EB");
  CHECK(duration_text(0.04) == "0.0 s");
  CHECK(duration_text(9.96) == "10 s");
  CHECK(duration_text(59.6) == "1 min 00 s");
  CHECK(duration_text(7380) == "2 h 03 min");
  CHECK(duration_text(-1) == "?");
  CHECK(counted(1, "message", "messages") == "1 message");
}
