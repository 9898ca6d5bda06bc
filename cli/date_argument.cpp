#include "cli/date_argument.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace outmap::cli {
namespace {

/// Takes what it reads off the front.
class reader {
 public:
  explicit reader(std::string_view text) : rest_(text) {}

  bool one_of(std::string_view any) {
    if (rest_.empty() || any.find(rest_.front()) == std::string_view::npos) return false;
    last_ = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }
  /// Exactly so many digits.
  std::optional<int> number(std::size_t digits, int least, int most) {
    if (rest_.size() < digits) return std::nullopt;
    int out = 0;
    for (const char c : rest_.substr(0, digits)) {
      if (c < '0' || c > '9') return std::nullopt;
      out = 10 * out + (c - '0');
    }
    rest_.remove_prefix(digits);
    if (out < least || out > most) return std::nullopt;
    return out;
  }
  [[nodiscard]] char last() const { return last_; }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  char last_ = '\0';
};

std::optional<std::int64_t> day_from(reader& from) {
  const auto year = from.number(4, 1, 9999);
  if (!year || !from.one_of("-")) return std::nullopt;
  const auto month = from.number(2, 1, 12);
  if (!month || !from.one_of("-")) return std::nullopt;
  const auto day = from.number(2, 1, 31);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

std::optional<std::int64_t> second_of_day_from(reader& from) {
  const auto hour = from.number(2, 0, 23);
  if (!hour || !from.one_of(":")) return std::nullopt;
  const auto minute = from.number(2, 0, 59);
  if (!minute) return std::nullopt;
  int second = 0;
  if (from.one_of(":")) {
    const auto given = from.number(2, 0, 59);
    if (!given) return std::nullopt;
    second = *given;
  }
  return *hour * 3600 + *minute * 60 + second;
}

std::optional<std::int16_t> zone_from(reader& from) {
  if (from.one_of("Zz")) return std::int16_t{0};
  if (!from.one_of("+-")) return std::nullopt;
  const int sign = from.last() == '-' ? -1 : 1;
  const auto hours = from.number(2, 0, 23);
  if (!hours) return std::nullopt;
  from.one_of(":");
  const auto minutes = from.number(2, 0, 59);
  if (!minutes) return std::nullopt;
  return static_cast<std::int16_t>(sign * (*hours * 60 + *minutes));
}

}  // namespace

result<internal_date> date_from(std::string_view text) {
  reader from(text);
  const auto day = day_from(from);
  const bool separated = day && from.one_of("Tt ");
  const auto second = separated ? second_of_day_from(from) : std::nullopt;
  const auto zone = second ? zone_from(from) : std::nullopt;
  if (!zone || !from.at_end()) {
    return fail(errc::invalid_argument,
                "'" + printable(text, 100) + "' is no date like 2024-03-01T12:30:00+01:00 or 2024-03-01T11:30:00Z");
  }
  return internal_date{*day * 86400 + *second - std::int64_t{*zone} * 60, *zone};
}

}  // namespace outmap::cli
