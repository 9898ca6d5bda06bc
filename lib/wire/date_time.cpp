#include "wire/date_time.hpp"

#include <array>
#include <chrono>
#include <cstdio>

#include "wire/grammar.hpp"

namespace outmap::wire {
namespace {

constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr int minutes_per_day = 24 * 60;

// Takes fields of fixed form from the front of a text; the first miss sticks.
class fields {
 public:
  explicit fields(std::string_view text) : rest_(text) {}

  int number(std::size_t digits) {
    int value = 0;
    if (rest_.size() < digits) return miss();
    for (const char c : rest_.substr(0, digits)) {
      if (!grammar::is_digit(c)) return miss();
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(digits);
    return value;
  }

  void octet(char c) {
    if (rest_.empty() || rest_.front() != c) {
      miss();
      return;
    }
    rest_.remove_prefix(1);
  }

  bool accept(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  unsigned month() {
    for (std::size_t i = 0; i < months.size(); ++i) {
      if (!grammar::is_same_word(rest_.substr(0, 3), months[i])) continue;
      rest_.remove_prefix(3);
      return static_cast<unsigned>(i + 1);
    }
    miss();
    return 0;
  }

  [[nodiscard]] std::string_view rest() const { return rest_; }
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool finished() const { return good_ && rest_.empty(); }
  int miss() {
    good_ = false;
    return 0;
  }

 private:
  std::string_view rest_;
  bool good_ = true;
};

// date-day-fixed
int day(fields& in, bool lenient) {
  if (in.accept(' ')) return in.number(1);
  const bool one_digit = in.rest().size() > 1 && in.rest()[1] == '-';
  return in.number(one_digit && lenient ? 1 : 2);
}

int zone(fields& in, bool lenient) {
  if (lenient && in.rest().empty()) return 0;
  in.octet(' ');
  const bool west = in.accept('-');
  if (!west) in.octet('+');
  const int hours = in.number(2);
  const int minutes = in.number(2);
  if (hours > 23 || minutes > 59) in.miss();
  return (west ? -1 : 1) * (hours * 60 + minutes);
}

}  // namespace

std::optional<internal_date> parse_date_time(std::string_view text, quirks tolerated) {
  const bool lenient = tolerated.tolerates(quirk::odd_date);
  fields in(text);
  const auto d = static_cast<unsigned>(day(in, lenient));
  in.octet('-');
  const auto m = in.month();
  in.octet('-');
  const int y = in.number(4);
  in.octet(' ');
  const int hour = in.number(2);
  in.octet(':');
  const int minute = in.number(2);
  in.octet(':');
  const int second = in.number(2);
  const int minutes_east = zone(in, lenient);
  if (!in.finished() || hour > 23 || minute > 59 || second > 60) return std::nullopt;

  const std::chrono::year_month_day date{std::chrono::year(y), std::chrono::month(m), std::chrono::day(d)};
  if (!date.ok()) return std::nullopt;
  const auto local = std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
                     std::chrono::seconds(second);
  const auto utc = local - std::chrono::minutes(minutes_east);
  return internal_date{std::int64_t{utc.time_since_epoch().count()}, static_cast<std::int16_t>(minutes_east)};
}

std::optional<std::string> format_date_time(internal_date date) {
  using namespace std::chrono;
  constexpr auto first = sys_days(year(0) / January / 1).time_since_epoch();
  constexpr auto last = sys_days(year(9999) / December / 31).time_since_epoch() + days(1);
  const int zone = date.zone_minutes;
  if (zone <= -minutes_per_day || zone >= minutes_per_day) return std::nullopt;
  // A day of margin keeps the sum below from overflowing; the exact check follows it.
  if (date.unix_seconds < seconds(first - days(1)).count() || date.unix_seconds > seconds(last + days(1)).count()) {
    return std::nullopt;
  }
  const auto local = seconds(date.unix_seconds) + minutes(zone);
  if (local < first || local >= last) return std::nullopt;

  const auto midnight = floor<days>(local);
  const year_month_day day{sys_days(midnight)};
  const hh_mm_ss time{local - midnight};
  const int east = zone < 0 ? -zone : zone;
  std::array<char, 64> out{};
  const int octets =
      std::snprintf(out.data(), out.size(), "%2u-%s-%04d %02d:%02d:%02d %c%02d%02d", static_cast<unsigned>(day.day()),
                    months[static_cast<unsigned>(day.month()) - 1].data(), static_cast<int>(day.year()),
                    static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                    static_cast<int>(time.seconds().count()), zone < 0 ? '-' : '+', east / 60, east % 60);
  return std::string(out.data(), static_cast<std::size_t>(octets));
}

}  // namespace outmap::wire
