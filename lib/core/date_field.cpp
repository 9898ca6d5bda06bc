#include "core/date_field.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <string>
#include <vector>

namespace outmap {
namespace {

// Far more than any date has; what follows is not looked at.
constexpr std::size_t longest_body = 256;

constexpr std::array<std::string_view, 12> months = {"jan", "feb", "mar", "apr", "may", "jun",
                                                     "jul", "aug", "sep", "oct", "nov", "dec"};

struct named_zone {
  std::string_view name;
  int hours;
};
constexpr std::array<named_zone, 11> zones = {{{"ut", 0}, {"gmt", 0}, {"utc", 0}, {"est", -5}, {"edt", -4}, {"cst", -6},
                                               {"cdt", -5}, {"mst", -7}, {"mdt", -6}, {"pst", -8}, {"pdt", -7}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }

// Runs of digits and of letters in lower case, and single other octets. Blanks and comments are left out.
std::vector<std::string> tokens(std::string_view body) {
  std::vector<std::string> out;
  int depth = 0;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const char c = body[i];
    if (c == '\\' && depth > 0) {
      ++i;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')' && depth > 0) {
      --depth;
    } else if (depth > 0 || c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      continue;
    } else {
      auto kind = is_digit(c) ? is_digit : is_letter(c) ? is_letter : nullptr;
      const auto begin = i;
      while (kind != nullptr && i + 1 < body.size() && kind(body[i + 1])) ++i;
      out.emplace_back();
      for (const char each : body.substr(begin, i - begin + 1)) out.back() += lower(each);
    }
  }
  return out;
}

// Takes tokens from the front; the first miss sticks.
class reader {
 public:
  explicit reader(std::vector<std::string> all) : all_(std::move(all)) {}

  [[nodiscard]] bool next_is(std::string_view what) const { return at_ < all_.size() && all_[at_] == what; }
  [[nodiscard]] bool next_is_word() const { return at_ < all_.size() && is_letter(all_[at_].front()); }
  [[nodiscard]] bool good() const { return good_; }
  void skip() { ++at_; }
  std::string word() { return at_ < all_.size() ? all_[at_++] : std::string(); }
  bool accept(std::string_view what) {
    if (!next_is(what)) return false;
    ++at_;
    return true;
  }

  // Of `least` to `most` digits; how many there were is in `length`.
  int number(std::size_t least, std::size_t most, std::size_t* length = nullptr) {
    const auto text = word();
    int value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || !is_digit(text.front()) || text.size() < least || text.size() > most || problem != std::errc{})
      good_ = false;
    if (length != nullptr) *length = text.size();
    return value;
  }
  void miss() { good_ = false; }

 private:
  std::vector<std::string> all_;
  std::size_t at_ = 0;
  bool good_ = true;
};

unsigned month(reader& in) {
  const auto name = in.word();
  for (std::size_t i = 0; i < months.size(); ++i) {
    if (name.substr(0, 3) == months[i]) return static_cast<unsigned>(i + 1);
  }
  in.miss();
  return 1;
}

int year(reader& in) {
  std::size_t digits = 0;
  const int value = in.number(2, 4, &digits);
  if (digits == 2) return value < 50 ? value + 2000 : value + 1900;
  return digits == 3 ? value + 1900 : value;
}

int zone_minutes(reader& in) {
  for (const auto sign : {"+", "-"}) {
    if (!in.accept(sign)) continue;
    const int value = in.number(4, 4);
    if (value % 100 > 59 || value > 2359) in.miss();
    return (*sign == '-' ? -1 : 1) * (value / 100 * 60 + value % 100);
  }
  const auto name = in.word();
  for (const auto& z : zones) {
    if (z.name == name) return z.hours * 60;
  }
  // Military and unknown zones tell nothing (RFC 5322 4.3).
  return 0;
}

}  // namespace

std::optional<internal_date> parse_date_field(std::string_view body) {
  reader in(tokens(body.substr(0, longest_body)));
  if (in.next_is_word()) {
    in.skip();
    in.accept(",");
  }
  const auto day = static_cast<unsigned>(in.number(1, 2));
  in.accept("-");
  const auto m = month(in);
  in.accept("-");
  const int y = year(in);
  const int hour = in.number(1, 2);
  if (!in.accept(":")) in.miss();
  const int minute = in.number(2, 2);
  const int second = in.accept(":") ? in.number(2, 2) : 0;
  const int zone = zone_minutes(in);
  if (!in.good() || hour > 23 || minute > 59 || second > 60 || y < 1900) return std::nullopt;

  using namespace std::chrono;
  const year_month_day date{std::chrono::year(y), std::chrono::month(m), std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  const auto utc = sys_days(date) + hours(hour) + minutes(minute) + seconds(second) - minutes(zone);
  return internal_date{std::int64_t{utc.time_since_epoch().count()}, static_cast<std::int16_t>(zone)};
}

std::optional<internal_date> date_of_header(std::string_view header) {
  constexpr std::string_view name = "date";
  std::string body;
  bool inside = false;
  while (!header.empty()) {
    const auto end = std::min(header.find('\n'), header.size());
    auto line = header.substr(0, end);
    header.remove_prefix(std::min(end + 1, header.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) break;
    const bool folded = line.front() == ' ' || line.front() == '\t';
    if (inside && !folded) break;
    if (!folded) {
      const auto colon = line.find(':');
      auto field = line.substr(0, std::min(colon, line.size()));
      while (!field.empty() && (field.back() == ' ' || field.back() == '\t')) field.remove_suffix(1);
      inside = colon != std::string_view::npos && field.size() == name.size() &&
               std::equal(field.begin(), field.end(), name.begin(), [](char a, char b) { return lower(a) == b; });
      if (inside) line.remove_prefix(colon + 1);
    }
    if (inside && body.size() < longest_body) body.append(line.substr(0, longest_body));
  }
  return parse_date_field(body);
}

}  // namespace outmap
