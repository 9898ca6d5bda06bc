#include "search/day.hpp"

#include <charconv>
#include <chrono>
#include <ctime>

namespace outmap::search {
namespace {

std::optional<int> number_from(std::string_view digits, int least, int most) {
  int out = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stopped, problem] = std::from_chars(digits.data(), end, out);
  if (digits.empty() || digits.front() == '-' || problem != std::errc() || stopped != end) return std::nullopt;
  if (out < least || out > most) return std::nullopt;
  return out;
}

// mktime() carries what a field has too much or too little.
std::optional<std::int64_t> begin_of_day(int year, int month, int day) {
  std::tm date{};
  date.tm_year = year - 1900;
  date.tm_mon = month - 1;
  date.tm_mday = day;
  date.tm_isdst = -1;
  const auto at = std::mktime(&date);
  return at == std::time_t(-1) ? std::nullopt : std::optional<std::int64_t>(at);
}

std::optional<std::int64_t> calendar_day(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  const auto year = number_from(text.substr(0, 4), 1900, 9999);
  int month = 1;
  int day = 1;
  if (text.size() >= 7 && text[4] == '-') {
    const auto m = number_from(text.substr(5, 2), 1, 12);
    if (!m) return std::nullopt;
    month = *m;
    if (text.size() == 10 && text[7] == '-') {
      const auto d = number_from(text.substr(8, 2), 1, 31);
      if (!d) return std::nullopt;
      day = *d;
    } else if (text.size() != 7) {
      return std::nullopt;
    }
  } else if (text.size() != 4) {
    return std::nullopt;
  }
  if (!year) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return begin_of_day(*year, month, day);
}

}  // namespace

std::optional<std::int64_t> beginning_of(std::string_view text, std::int64_t now) {
  const std::time_t at = now;
  std::tm today{};
  if (localtime_r(&at, &today) == nullptr) return std::nullopt;
  int year = today.tm_year + 1900;
  int month = today.tm_mon + 1;
  int day = today.tm_mday;
  if (text == "today") return begin_of_day(year, month, day);
  if (text == "yesterday") return begin_of_day(year, month, day - 1);
  constexpr int longest_age = 9999;
  const auto age = text.empty() ? std::nullopt : number_from(text.substr(0, text.size() - 1), 0, longest_age);
  if (!age) return calendar_day(text);
  switch (text.back()) {
    case 'd': day -= *age; break;
    case 'w': day -= 7 * *age; break;
    case 'm': month -= *age; break;
    case 'y': year -= *age; break;
    default: return calendar_day(text);
  }
  return begin_of_day(year, month, day);
}

}  // namespace outmap::search
