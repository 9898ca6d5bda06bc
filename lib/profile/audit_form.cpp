#include "profile/audit_form.hpp"

#include <algorithm>

#include "profile/audit_word.hpp"
#include "wire/grammar.hpp"

namespace outmap::profile {
namespace {

using wire::grammar::is_digit;
using wire::grammar::is_word;

std::string_view word_of(std::string_view line, std::size_t which) {
  for (; which > 0; --which) {
    const auto space = line.find(' ');
    if (space == std::string_view::npos) return {};
    line.remove_prefix(space + 1);
  }
  return line.substr(0, line.find(' '));
}

bool is_text_line(std::string_view line) {
  const auto first = line.find_first_not_of(" \t");
  if (first == std::string_view::npos) return false;
  line.remove_prefix(first);
  return line.starts_with("C:") || line.starts_with("S:");
}

bool is_server_line(std::string_view line) {
  if (line.starts_with("* ") || line.starts_with("+ ") || line == "+") return true;
  const auto status = word_of(line, 1);
  return is_word(status, "OK") || is_word(status, "NO") || is_word(status, "BAD");
}

bool is_client_line(std::string_view line) {
  return word_in(word_of(line, 1)) != audit_word::unknown || is_word(line, "DONE");
}

}  // namespace

std::optional<std::int64_t> take_rawlog_time(std::string_view& line) noexcept {
  constexpr std::size_t most_digits = 12;
  constexpr std::size_t fraction = 6;
  std::int64_t seconds = 0;
  std::size_t at = 0;
  for (; at < line.size() && at < most_digits && is_digit(line[at]); ++at) seconds = seconds * 10 + (line[at] - '0');
  if (at < fraction || line.size() < at + fraction + 2 || line[at] != '.' || line[at + fraction + 1] != ' ') return {};
  std::int64_t micro = 0;
  for (std::size_t i = at + 1; i <= at + fraction; ++i) {
    if (!is_digit(line[i])) return {};
    micro = micro * 10 + (line[i] - '0');
  }
  line.remove_prefix(at + fraction + 2);
  return seconds * 1'000'000 + micro;
}

audit_form form_of(std::string_view begin) noexcept {
  constexpr int lines_looked_at = 100;
  // Any text has lines that a client could have sent, sooner or later.
  constexpr int lines_of_a_rawlog = 3;
  int full_lines = 0;
  if (begin.empty()) return audit_form::empty;
  bool remarks = false;
  for (int i = 0; i < lines_looked_at && !begin.empty(); ++i) {
    auto line = begin.substr(0, begin.find('\n'));
    begin.remove_prefix(std::min(begin.size(), line.size() + 1));
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (is_text_line(line)) return audit_form::text;
    remarks = remarks || line.starts_with("# ");
    const bool timed = take_rawlog_time(line).has_value();
    const bool marked = line.size() >= 3 && (line[0] == 'I' || line[0] == 'O') && (line[1] == ':' || line[1] == '>');
    if (timed && marked && line[2] == ' ') return audit_form::combined;
    if (line.empty() || ++full_lines > lines_of_a_rawlog) continue;
    if (is_server_line(line)) return audit_form::server_rawlog;
    if (is_client_line(line)) return audit_form::client_rawlog;
  }
  return remarks ? audit_form::text : audit_form::unknown;
}

}  // namespace outmap::profile
