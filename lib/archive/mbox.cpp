#include "archive/mbox.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <ctime>
#include <utility>

#include "cache/digester.hpp"

namespace outmap::archive {
namespace {

constexpr std::array<const char*, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<const char*, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::int64_t last_second = 253'402'300'799;  // of the year 9999

std::string from_line(const std::optional<internal_date>& date) {
  const std::time_t at = date ? std::clamp<std::int64_t>(date->unix_seconds, 0, last_second) : 0;
  std::tm utc{};
  gmtime_r(&at, &utc);
  std::array<char, 64> text{};
  const int length =
      std::snprintf(text.data(), text.size(), "From MAILER-DAEMON %s %s %2d %02d:%02d:%02d %04d\n",
                    days[static_cast<std::size_t>(utc.tm_wday)], months[static_cast<std::size_t>(utc.tm_mon)],
                    utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, utc.tm_year + 1900);
  return {text.data(), static_cast<std::size_t>(length)};
}

// "From anything Day Mon dd hh:mm:ss yyyy": the last five words count.
std::optional<internal_date> date_of(std::string_view line) {
  std::array<std::string_view, 4> words;
  for (auto& w : words) {
    while (!line.empty() && line.back() == ' ') line.remove_suffix(1);
    const auto at = line.rfind(' ');
    if (at == std::string_view::npos) return std::nullopt;
    w = line.substr(at + 1);
    line = line.substr(0, at);
  }
  const auto number = [](std::string_view text) {
    int out = 0;
    if (text.empty() || text.size() > 4) return -1;
    for (const char c : text) {
      if (c < '0' || c > '9') return -1;
      out = out * 10 + (c - '0');
    }
    return out;
  };
  const auto month = std::find(months.begin(), months.end(), words[3]);
  if (month == months.end() || words[1].size() != 8 || words[1][2] != ':' || words[1][5] != ':') return std::nullopt;
  std::tm utc{};
  utc.tm_year = number(words[0]) - 1900;
  utc.tm_mon = static_cast<int>(month - months.begin());
  utc.tm_mday = number(words[2]);
  utc.tm_hour = number(words[1].substr(0, 2));
  utc.tm_min = number(words[1].substr(3, 2));
  utc.tm_sec = number(words[1].substr(6, 2));
  const bool sound = utc.tm_year >= 70 && utc.tm_mday >= 1 && utc.tm_mday <= 31 && utc.tm_hour >= 0 &&
                     utc.tm_hour < 24 && utc.tm_min >= 0 && utc.tm_min < 60 && utc.tm_sec >= 0 && utc.tm_sec <= 60;
  if (!sound) return std::nullopt;
  return internal_date{static_cast<std::int64_t>(timegm(&utc)), 0};
}

std::string_view next_line(std::string_view& rest) {
  const auto at = rest.find('\n');
  auto out = rest.substr(0, at);
  rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
  if (!out.empty() && out.back() == '\r') out.remove_suffix(1);
  return out;
}

bool is_quoted_from(std::string_view line) {
  const auto at = line.find_first_not_of('>');
  return at != std::string_view::npos && line.substr(at).starts_with("From ");
}

bool is_status(std::string_view line, std::string_view name) {
  return line.size() > name.size() && line[name.size()] == ':' &&
         std::equal(name.begin(), name.end(), line.begin(),
                    [](char a, char b) { return std::tolower(a) == std::tolower(static_cast<unsigned char>(b)); });
}

bool is_any_status(std::string_view line) { return is_status(line, "Status") || is_status(line, "X-Status"); }

void add_flags(std::string_view line, flag_set& to) {
  for (const char c : line.substr(line.find(':') + 1)) {
    if (c == 'R') to.set(system_flag::seen);
    if (c == 'A') to.set(system_flag::answered);
    if (c == 'F') to.set(system_flag::flagged);
    if (c == 'T') to.set(system_flag::draft);
    if (c == 'D') to.set(system_flag::deleted);
  }
}

std::string status_fields(const flag_set& flags) {
  std::string x;
  if (flags.has(system_flag::answered)) x += 'A';
  if (flags.has(system_flag::flagged)) x += 'F';
  if (flags.has(system_flag::draft)) x += 'T';
  if (flags.has(system_flag::deleted)) x += 'D';
  std::string out = flags.has(system_flag::seen) ? "Status: RO\n" : "Status: O\n";
  if (!x.empty()) out += "X-Status: " + x + '\n';
  return out;
}

/// Calls take(line, in_header) with each line, without its end.
template <class F>
void for_each_line(std::string_view message, F&& take) {
  bool in_header = true;
  while (!message.empty()) {
    const auto line = next_line(message);
    if (line.empty()) in_header = false;
    take(line, in_header);
  }
}

}  // namespace

std::string mbox_entry(std::string_view message, const flag_set& flags, const std::optional<internal_date>& date) {
  std::string out = from_line(date);
  out.reserve(out.size() + message.size() + 128);
  bool had_header = true;
  for_each_line(message, [&](std::string_view line, bool in_header) {
    if (in_header && is_any_status(line)) return;
    if (!in_header && std::exchange(had_header, false)) out += status_fields(flags);
    if (is_quoted_from(line)) out += '>';
    out += line;
    out += '\n';
  });
  // A message that is all header.
  if (had_header) out += status_fields(flags);
  return out + '\n';
}

result<cache::digest> mbox_sum(std::string_view message) {
  cache::digester sum;
  for_each_line(message, [&](std::string_view line, bool in_header) {
    if (in_header && is_any_status(line)) return;
    sum.update(line);
    sum.update("\n");
  });
  return sum.finish();
}

result<void> mbox_reader::feed(std::string_view octets) {
  while (!octets.empty() && !stopped_) {
    const auto at = octets.find('\n');
    if (at == std::string_view::npos) {
      if (partial_.size() + octets.size() > longest_message) return fail(errc::limit_exceeded, "a line of 256 MiB");
      partial_ += octets;
      return {};
    }
    result<void> done;
    if (partial_.empty()) {
      done = line(octets.substr(0, at));
    } else {
      partial_ += octets.substr(0, at);
      const auto whole = std::move(partial_);
      partial_.clear();
      done = line(whole);
    }
    if (!done) return done;
    octets.remove_prefix(at + 1);
  }
  return {};
}

result<void> mbox_reader::line(std::string_view text) {
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  if (after_blank_ && text.starts_with("From ")) {
    if (auto done = end_message(); !done) return done;
    begun_ = true;
    from_line_ = text.substr(0, 1000);
    after_blank_ = false;
    return {};
  }
  if (!begun_) return fail(errc::wrong_format, "it does not begin with a From line, as an mbox does");
  if (text_.size() + text.size() > longest_message) return fail(errc::limit_exceeded, "a message of over 256 MiB");
  after_blank_ = text.empty();
  text_ += is_quoted_from(text) && text.starts_with('>') ? text.substr(1) : text;
  text_ += '\n';
  return {};
}

result<void> mbox_reader::end_message() {
  if (!begun_) return {};
  mbox_message out;
  // The empty line between messages is not of this one.
  if (text_.ends_with("\n\n") || text_ == "\n") text_.pop_back();
  out.date = date_of(from_line_);
  out.text.reserve(text_.size());
  for_each_line(text_, [&](std::string_view one, bool in_header) {
    if (in_header && is_any_status(one)) {
      add_flags(one, out.flags);
    } else {
      (out.text += one) += '\n';
    }
  });
  text_.clear();
  if (!take_(std::move(out))) stopped_ = true;
  return {};
}

result<void> mbox_reader::finish() {
  if (!partial_.empty()) {
    const auto whole = std::move(partial_);
    partial_.clear();
    if (auto done = line(whole); !done) return done;
  }
  if (stopped_) return {};
  return end_message();
}

}  // namespace outmap::archive
