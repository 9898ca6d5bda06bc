#include "archive/message_name.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace outmap::archive {
namespace {

constexpr std::string_view maildir_mark = ".outmap";
constexpr std::string_view eml_end = ".eml";
constexpr std::string_view info_start = ":2,";
constexpr std::size_t eml_date_octets = std::string_view("YYYYMMDDThhmmssZ").size();
constexpr std::size_t key_digits = 2 * std::tuple_size_v<content_key>;
// 9999-12-31T23:59:59Z
constexpr std::int64_t last_second = 253402300799;

std::string hex(const content_key& key) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const auto octet : key) {
    out += digits[octet >> 4];
    out += digits[octet & 15];
  }
  return out;
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return std::nullopt;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string eml_date(std::int64_t unix_seconds) {
  using namespace std::chrono;
  const sys_seconds at{seconds(unix_seconds)};
  const auto midnight = floor<days>(at);
  const year_month_day date(midnight);
  const hh_mm_ss time(at - midnight);
  char text[32];
  std::snprintf(text, sizeof text, "%04d%02u%02uT%02d%02d%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  return text;
}

// Takes the digits of the key from the front.
bool take_key(std::string_view& text, content_key& key) {
  if (text.size() < key_digits) return false;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const auto high = hex_digit(text[2 * i]);
    const auto low = hex_digit(text[2 * i + 1]);
    if (!high || !low) return false;
    key[i] = static_cast<unsigned char>(*high << 4 | *low);
  }
  text.remove_prefix(key_digits);
  return true;
}

// Takes `mark` and the number of a copy from the front; without the mark it is copy 0.
bool take_copy(std::string_view& text, char mark, std::uint32_t& copy) {
  if (!text.starts_with(mark)) return true;
  const auto [end, failed] = std::from_chars(text.data() + 1, text.data() + text.size(), copy);
  if (failed != std::errc() || copy == 0) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

std::optional<message_name> parse_eml(std::string_view name) {
  message_name out;
  out.base = name;
  if (name.size() < eml_date_octets + 1 || name[eml_date_octets] != '-') return std::nullopt;
  for (std::size_t i = 0; i < eml_date_octets; ++i) {
    const char wanted = i == 8 ? 'T' : i == eml_date_octets - 1 ? 'Z' : '0';
    if (wanted == '0' ? !is_digit(name[i]) : name[i] != wanted) return std::nullopt;
  }
  name.remove_prefix(eml_date_octets + 1);
  if (!take_key(name, out.key) || !take_copy(name, '-', out.copy) || name != eml_end) return std::nullopt;
  return out;
}

std::optional<message_name> parse_maildir(std::string_view name) {
  message_name out;
  out.base = name.substr(0, name.find(':'));
  const auto dot = name.find('.');
  if (dot == 0 || dot == std::string_view::npos || !std::all_of(name.begin(), name.begin() + dot, is_digit)) {
    return std::nullopt;
  }
  auto rest = name.substr(dot + 1);
  if (!take_key(rest, out.key) || !take_copy(rest, '_', out.copy) || !rest.starts_with(maildir_mark))
    return std::nullopt;
  rest.remove_prefix(maildir_mark.size());
  if (!rest.empty() && rest[0] != ',' && rest[0] != ':') return std::nullopt;
  if (const auto info = rest.find(info_start); info != std::string_view::npos) {
    out.info = rest.substr(info + info_start.size());
  }
  return out;
}

}  // namespace

content_key key_of(const cache::digest& body) {
  content_key key;
  std::copy_n(body.begin(), key.size(), key.begin());
  return key;
}

std::string base_name(export_format format, const std::optional<internal_date>& date, const content_key& key,
                      std::uint32_t copy) {
  const auto seconds = date ? date->unix_seconds : 0;
  const bool known = seconds > 0 && seconds <= last_second;
  if (format == export_format::maildir) {
    return std::to_string(known ? seconds : 0) + '.' + hex(key) + (copy == 0 ? "" : "_" + std::to_string(copy)) +
           std::string(maildir_mark);
  }
  return (known ? eml_date(seconds) : "00000000T000000Z") + '-' + hex(key) +
         (copy == 0 ? "" : "-" + std::to_string(copy)) + std::string(eml_end);
}

std::optional<message_name> parse_name(export_format format, std::string_view name) {
  return format == export_format::maildir ? parse_maildir(name) : parse_eml(name);
}

std::string info_letters(const flag_set& flags) {
  std::string out;
  if (flags.has(system_flag::draft)) out += 'D';
  if (flags.has(system_flag::flagged)) out += 'F';
  if (flags.has(system_flag::answered)) out += 'R';
  if (flags.has(system_flag::seen)) out += 'S';
  if (flags.has(system_flag::deleted)) out += 'T';
  return out;
}

std::string updated_info(std::string_view current, const flag_set& flags) {
  constexpr std::string_view ours = "DFRST";
  auto out = info_letters(flags);
  std::copy_if(current.begin(), current.end(), std::back_inserter(out),
               [&](char c) { return ours.find(c) == std::string_view::npos; });
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace outmap::archive
