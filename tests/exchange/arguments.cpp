#include "arguments.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "ascii.hpp"
#include "wire/date_time.hpp"

namespace outmap::exchange {

namespace {

bool is_atom_char(char c) {
  return c > ' ' && c < '\x7f' && std::string_view("(){%*\"\\").find(c) == std::string_view::npos && c != ']';
}
bool is_astring_char(char c) { return is_atom_char(c) || c == ']'; }
bool is_list_char(char c) { return is_astring_char(c) || c == '%' || c == '*'; }
bool is_tag_char(char c) { return is_astring_char(c) && c != '+'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_item_char(char c) { return (upper(c) >= 'A' && upper(c) <= 'Z') || is_digit(c) || c == '.'; }

[[noreturn]] void bad(std::string text) { throw bad_arguments{std::move(text)}; }

}  // namespace

std::string arguments::run(bool (*allowed)(char)) {
  const std::size_t start = at_;
  while (at_ < line_.size() && allowed(line_[at_])) ++at_;
  return std::string(line_.substr(start, at_ - start));
}

bool arguments::take(char c) {
  if (!next_is(c)) return false;
  ++at_;
  return true;
}

void arguments::slip(const char* what) {
  if (!lenient_) bad(what);
  // A quoted string with several such octets is one slip.
  if (slips_.empty() || slips_.back() != what) slips_.emplace_back(what);
}

void arguments::space() {
  bool gap = take(' ');
  if (!gap && beside_command_ && take('\t')) {
    gap = true;
    slips_.emplace_back("TAB beside the command word.");
  }
  beside_command_ = false;
  if (!gap) bad("A space was expected.");
  if (next_is(' ') || next_is('\t')) bad("Only one space is allowed.");
}

void arguments::end() {
  if (!at_end()) bad("Unexpected argument.");
}

std::string arguments::tag() {
  std::string tag = run(is_tag_char);
  if (tag.empty()) bad("Missing tag.");
  return tag;
}

std::string arguments::command() {
  beside_command_ = true;
  space();
  std::string word = upper_cased(run(is_atom_char));
  if (word.empty()) bad("Missing command.");
  beside_command_ = true;
  return word;
}

std::string arguments::atom() {
  std::string value = run(is_atom_char);
  if (value.empty()) bad("An atom was expected.");
  return value;
}

std::string arguments::quoted() {
  ++at_;
  std::string value;
  while (at_ < line_.size() && line_[at_] != '"') {
    if (line_[at_] == '\\') {
      ++at_;
      if (!next_is('"') && !next_is('\\')) bad("Invalid quoted string.");
    }
    const char c = line_[at_++];
    if (c == '\0' || c == '\r') bad("Invalid character in a quoted string.");
    if (static_cast<unsigned char>(c) > 127) slip("8-bit octet in a quoted string.");
    value += c;
  }
  if (!take('"')) bad("A quoted string does not end.");
  return value;
}

std::string arguments::literal() {
  const std::size_t mark = line_.find("}\r\n", at_);
  if (!next_is_literal() || mark == std::string_view::npos || next_literal_ == literals_.size()) {
    bad("A literal was expected.");
  }
  at_ = mark + 3;
  return literals_[next_literal_++];
}

std::string arguments::astring() {
  if (next_is('"')) return quoted();
  if (next_is_literal()) return literal();
  std::string value = run(is_astring_char);
  if (value.empty()) bad("A string was expected.");
  return value;
}

std::string arguments::list_mailbox() {
  if (next_is('"')) return quoted();
  if (next_is_literal()) return literal();
  std::string value = run(is_list_char);
  if (value.empty()) bad("A mailbox pattern was expected.");
  return value;
}

std::uint32_t arguments::number() {
  const std::string digits = run(is_digit);
  std::uint32_t value = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || failed != std::errc{}) bad("A number was expected.");
  return value;
}

std::uint32_t arguments::set_number() {
  if (take('*')) return 0;
  const std::uint32_t value = number();
  if (value == 0) bad("0 is no message number.");
  return value;
}

sequence_set arguments::set() {
  sequence_set all;
  do {
    sequence_range range;
    range.first = set_number();
    range.last = take(':') ? set_number() : range.first;
    all.push_back(range);
  } while (take(','));
  return all;
}

void arguments::one_flag(flag_list& to) {
  const bool system = take('\\');
  const std::string word = atom();
  if (!system) {
    to.flags.add_keyword(word);
    return;
  }
  static constexpr std::array<std::pair<std::string_view, system_flag>, 5> known = {{
      {"SEEN", system_flag::seen},
      {"ANSWERED", system_flag::answered},
      {"FLAGGED", system_flag::flagged},
      {"DELETED", system_flag::deleted},
      {"DRAFT", system_flag::draft},
  }};
  for (const auto& [name, flag] : known) {
    if (same_word(word, name)) return to.flags.set(flag);
  }
  to.unknown.push_back("\\" + word);
}

flag_list arguments::flags() {
  flag_list list;
  if (!next_is('(') && next_is_flags()) {
    slip("Flag list without parentheses.");
    one_flag(list);
    return list;
  }
  if (!take('(')) bad("A flag list was expected.");
  if (take(')')) return list;
  do {
    one_flag(list);
  } while (take(' '));
  if (!take(')')) bad("A flag list does not end.");
  return list;
}

flag_list arguments::store_flags() {
  if (next_is('(')) return flags();
  flag_list list;
  do {
    one_flag(list);
  } while (take(' '));
  return list;
}

internal_date arguments::date_time() {
  if (!next_is('"')) bad("A date-time was expected.");
  const auto date = wire::parse_date_time(quoted(), wire::quirks::none());
  if (!date) bad("Invalid date-time.");
  return *date;
}

std::vector<std::string> arguments::field_names() {
  std::vector<std::string> names;
  space();
  if (!take('(')) bad("A list of header fields was expected.");
  do {
    names.push_back(astring());
  } while (take(' '));
  if (!take(')')) bad("A list of header fields does not end.");
  return names;
}

std::string arguments::next_word() const {
  const std::size_t end = std::min(line_.find_first_of(" ()", at_), line_.size());
  return upper_cased(line_.substr(at_, end - at_));
}

std::int64_t arguments::date() {
  const std::string text = next_is('"') ? quoted() : atom();
  // RFC 3501 section 9: date = date-text / DQUOTE date-text DQUOTE; date-day is one or two digits.
  const std::string padded = text.size() == 10 ? "0" + text : text;
  const auto midnight = wire::parse_date_time(padded + " 00:00:00 +0000", wire::quirks::none());
  if (!midnight) bad("Invalid date.");
  return midnight->unix_seconds / 86'400;
}

fetch_item arguments::one_fetch_item() {
  fetch_item item;
  item.name = upper_cased(run(is_item_char));
  if (item.name.empty()) bad("A data item was expected.");
  if (!take('[')) return item;
  item.section = upper_cased(run(is_item_char));
  if (item.section->ends_with("HEADER.FIELDS") || item.section->ends_with("HEADER.FIELDS.NOT")) {
    item.fields = field_names();
  }
  if (!take(']')) bad("A section does not end.");
  if (take('<')) {
    fetch_item::window window;
    window.first = number();
    if (!take('.')) bad("Invalid partial.");
    window.count = number();
    if (!take('>') || window.count == 0) bad("Invalid partial.");
    item.partial = window;
  }
  return item;
}

std::vector<fetch_item> arguments::fetch_items() {
  if (!take('(')) return {one_fetch_item()};
  std::vector<fetch_item> items;
  do {
    items.push_back(one_fetch_item());
  } while (take(' '));
  if (!take(')')) bad("A list of data items does not end.");
  return items;
}

std::vector<std::string> arguments::status_items() {
  if (!next_is('(')) {
    slip("Status items without parentheses.");
    return {upper_cased(atom())};
  }
  take('(');
  std::vector<std::string> items;
  do {
    items.push_back(upper_cased(atom()));
  } while (take(' '));
  if (!take(')')) bad("A list of status items does not end.");
  return items;
}

}  // namespace outmap::exchange
