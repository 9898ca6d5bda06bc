#include "profile/audit_transcript_reader.hpp"

#include <algorithm>
#include <optional>

#include "wire/grammar.hpp"

namespace outmap::profile {
namespace {

std::optional<unsigned> hex_digit(char c) {
  if (wire::grammar::is_digit(c)) return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  return std::nullopt;
}

// Only octets that outmap's transcript escapes are taken back: \x41 is what it seems to be.
std::string unescaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (text[i] != '\\' || i + 1 == text.size()) continue;
    if (text[i + 1] == '\\') {
      out += text[++i];
    } else if (text[i + 1] == 'x' && i + 3 < text.size()) {
      const auto high = hex_digit(text[i + 2]);
      const auto low = hex_digit(text[i + 3]);
      const unsigned octet = high && low ? *high * 16 + *low : 'A';
      if (octet >= 0x20 && octet < 0x7f) continue;
      out.back() = static_cast<char>(octet);
      i += 3;
    }
  }
  return out;
}

// "2024-02-01T10:00:00Z "
void skip_time(std::string_view& note) {
  constexpr std::size_t length = 20;
  if (note.size() <= length || note[length] != ' ' || note[length - 1] != 'Z' || note[10] != 'T') return;
  note.remove_prefix(length + 1);
}

// The number before `end`: nothing if there is none, 1 for an empty one.
std::optional<unsigned> session_before(std::string_view text, char end) {
  constexpr std::size_t most_digits = 4;
  const auto at = text.substr(0, most_digits + 1).find(end);
  if (at == std::string_view::npos) return std::nullopt;
  unsigned number = at == 0 ? 1 : 0;
  for (const char c : text.substr(0, at)) {
    if (!wire::grammar::is_digit(c)) return std::nullopt;
    number = number * 10 + static_cast<unsigned>(c - '0');
  }
  return number > 0 ? std::optional(number) : std::nullopt;
}

}  // namespace

bool audit_transcript_reader::begin_text(std::string_view& line) {
  const auto first = line.find_first_not_of(" \t");
  const auto text = first == std::string_view::npos ? std::string_view() : line.substr(first);
  const bool marked = text.starts_with('C') || text.starts_with('S');
  if (const auto session = marked ? session_before(text.substr(1), ':') : std::nullopt) {
    side_ = text[0] == 'C' ? audit_side::client : audit_side::server;
    session_ = *session;
    line = text.substr(text.find(':') + 1);
    if (line.starts_with(' ')) line.remove_prefix(1);
    return true;
  }
  if (line.starts_with("# ") || line == "#") {
    side_ = audit_side::note;
    line.remove_prefix(std::min<std::size_t>(line.size(), 2));
    skip_time(line);
    session_ = 1;
    if (const auto session = line.starts_with('[') ? session_before(line.substr(1), ']') : std::nullopt) {
      session_ = *session;
      line.remove_prefix(std::min(line.size(), line.find(']') + 2));
    }
    return true;
  }
  return false;
}

bool audit_transcript_reader::begin_combined(std::string_view& line, audit_line& out) {
  out.time = take_rawlog_time(line);
  if (!out.time || line.size() < 3 || (line[0] != 'I' && line[0] != 'O') || line[2] != ' ') return false;
  side_ = line[0] == 'I' ? audit_side::client : audit_side::server;
  goes_on_ = line[1] == '>';
  line.remove_prefix(3);
  return true;
}

result<bool> audit_transcript_reader::next(audit_line& out) {
  raw_line raw;
  while (true) {
    auto more = lines_.next(raw);
    if (!more || !*more) return more;
    out = {};
    auto line = raw.text;
    if (raw.begins) {
      goes_on_ = false;
      known_ = form_ == audit_form::text ? begin_text(line) : begin_combined(line, out);
      const bool blank = line.find_first_not_of(" \t") == std::string_view::npos;
      if (!known_ && !blank) ++passed_over_;
    }
    if (!known_) continue;
    out.side = side_;
    out.session = session_;
    out.number = raw.number;
    out.offset = raw.offset;
    out.end = raw.end;
    if (form_ == audit_form::combined) {
      if (goes_on_) out.end = line_end::none;
      out.text = line;
    } else {
      if (raw.end != line_end::none) out.end = line_end::assumed;
      text_ = unescaped(line);
      out.text = text_;
    }
    return true;
  }
}

}  // namespace outmap::profile
