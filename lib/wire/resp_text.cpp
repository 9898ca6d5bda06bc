#include <charconv>

#include "wire/rules.hpp"

namespace outmap::wire::rules {
namespace {

using grammar::is_word;

constexpr std::size_t longest_code_name = 64;

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && grammar::is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && grammar::is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// Position of the bracket that closes the code, or npos. One in a quoted string of the code does not count, unless the
// quotes do not pair up.
std::size_t closing_bracket(std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && quoted) {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == ']' && !quoted) {
      return i;
    }
  }
  return text.find(']');
}

std::optional<std::uint32_t> nz_number(std::string_view digits) {
  std::uint32_t value = 0;
  const auto* end = digits.data() + digits.size();
  const auto [stop, problem] = std::from_chars(digits.data(), end, value);
  if (problem != std::errc() || stop != end || value == 0) return std::nullopt;
  return value;
}

response_code numbered(code_kind kind, std::string_view argument, response_code code) {
  if (const auto value = nz_number(argument)) {
    code.kind = kind;
    code.number = *value;
  }
  return code;
}

// `text` stands between the brackets. No form of it fails: what is not understood is ignored (OIMAP-V0062).
response_code resp_text_code(std::string_view text) {
  text = without_blanks(text);
  std::size_t end = 0;
  while (end < text.size() && !grammar::is_blank(text[end])) ++end;
  const auto name = text.substr(0, end);
  const auto argument = without_blanks(text.substr(end));
  response_code code;
  code.kind = code_kind::ignored;
  code.name = grammar::upper_cased(name.substr(0, longest_code_name));
  if (is_word(name, "ALERT")) code.kind = code_kind::alert;
  if (is_word(name, "UIDVALIDITY")) return numbered(code_kind::uid_validity, argument, std::move(code));
  if (is_word(name, "UNSEEN")) return numbered(code_kind::unseen, argument, std::move(code));
  return code;
}

}  // namespace

bool resp_text(scanner& in, status_response& out) {
  if (in.at_end()) return in.tolerates(quirk::missing_text) || in.expected("SP resp-text");
  if (!in.sp("SP resp-text")) return false;
  if (in.peek() == '[') {
    const auto inside = in.rest().substr(1);
    const auto close = closing_bracket(inside);
    if (close != std::string_view::npos) {
      out.code = resp_text_code(inside.substr(0, close));
      in.advance(close + 2);
      if (in.peek() == ' ') in.advance(1);
      in.blanks();
    }
  }
  auto text = in.rest();
  if (in.tolerates(quirk::loose_spacing)) {
    while (!text.empty() && grammar::is_blank(text.back())) text.remove_suffix(1);
  }
  if (text.empty() && !in.tolerates(quirk::missing_text)) return in.expected("text");
  out.text = text;
  return true;
}

}  // namespace outmap::wire::rules
