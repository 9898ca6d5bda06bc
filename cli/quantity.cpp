#include "cli/quantity.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <ctime>

namespace outmap::cli {
namespace {

std::string formatted(const std::tm& parts, const char* form) {
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), form, &parts)};
}

}  // namespace

std::string octets_text(std::uint64_t octets) {
  if (octets < 1000) return fmt::format("{} B", octets);
  constexpr std::array<const char*, 6> units = {"kB", "MB", "GB", "TB", "PB", "EB"};
  auto value = static_cast<double>(octets) / 1000;
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < units.size()) {
    value /= 1000;
    ++unit;
  }
  return value < 99.95 ? fmt::format("{:.1f} {}", value, units[unit]) : fmt::format("{:.0f} {}", value, units[unit]);
}

std::string duration_text(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return "?";
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  if (seconds >= 1e9) return "?";
  const auto whole = static_cast<std::uint64_t>(std::llround(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

std::string counted(std::uint64_t n, std::string_view singular, std::string_view plural) {
  return fmt::format("{} {}", n, n == 1 ? singular : plural);
}

std::string local_time_text(std::int64_t unix_seconds) {
  const std::time_t when = unix_seconds;
  std::tm parts{};
  return ::localtime_r(&when, &parts) == nullptr ? std::string() : formatted(parts, "%Y-%m-%d %H:%M");
}

std::string iso_text(const internal_date& date) {
  const std::time_t when = date.unix_seconds + std::int64_t{date.zone_minutes} * 60;
  std::tm parts{};
  if (::gmtime_r(&when, &parts) == nullptr) return {};
  const int zone = std::abs(int{date.zone_minutes});
  return formatted(parts, "%Y-%m-%dT%H:%M:%S") +
         fmt::format("{}{:02}:{:02}", date.zone_minutes < 0 ? '-' : '+', zone / 60, zone % 60);
}

std::string iso_utc_text(std::int64_t unix_seconds) {
  const std::time_t when = unix_seconds;
  std::tm parts{};
  return ::gmtime_r(&when, &parts) == nullptr ? std::string() : formatted(parts, "%Y-%m-%dT%H:%M:%SZ");
}

}  // namespace outmap::cli
