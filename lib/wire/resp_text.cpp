#include <algorithm>
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

// With odd_code: position of the bracket that closes the code, or npos. One in a quoted string of the code does not
// count, unless the quotes do not pair up.
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

std::string_view first_word(std::string_view code) {
  std::size_t end = 0;
  while (end < code.size() && !grammar::is_blank(code[end])) ++end;
  return code.substr(0, end);
}

bool is_atom(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return grammar::in_class(c, grammar::atom_bit); });
}

std::optional<std::uint32_t> nz_number(std::string_view digits, quirks tolerated) {
  const bool quoted = digits.size() > 2 && digits.front() == '"' && digits.back() == '"';
  if (quoted && tolerated.tolerates(quirk::quoted_number)) digits = digits.substr(1, digits.size() - 2);
  std::uint32_t value = 0;
  const auto* end = digits.data() + digits.size();
  const auto [stop, problem] = std::from_chars(digits.data(), end, value);
  if (problem != std::errc() || stop != end || value == 0) return std::nullopt;
  return value;
}

// `text` stands between the brackets. What is not understood is ignored (OIMAP-V0062).
bool resp_text_code(scanner& in, std::string_view text, response_code& out) {
  if (in.tolerates(quirk::odd_code)) text = without_blanks(text);
  const auto name = first_word(text);
  const bool odd = !is_atom(name);
  if (odd && !in.tolerates(quirk::odd_code)) return in.expected("resp-text-code");
  out.kind = code_kind::ignored;
  // [Error="…" Proxy=…] is named ERROR.
  out.name = grammar::upper_cased(name.substr(0, std::min(odd ? name.find('=') : name.size(), longest_code_name)));
  if (is_word(name, "ALERT")) out.kind = code_kind::alert;
  const bool validity = is_word(name, "UIDVALIDITY");
  if (!validity && !is_word(name, "UNSEEN")) return true;
  if (const auto value = nz_number(without_blanks(text.substr(name.size())), in.tolerated())) {
    out.kind = validity ? code_kind::uid_validity : code_kind::unseen;
    out.number = *value;
  }
  return true;
}

}  // namespace

bool resp_text(scanner& in, status_response& out) {
  if (in.at_end()) return in.tolerates(quirk::missing_text) || in.expected("SP resp-text");
  if (!in.sp("SP resp-text")) return false;
  if (in.peek() == '[') {
    const auto inside = in.rest().substr(1);
    const auto close = in.tolerates(quirk::odd_code) ? closing_bracket(inside) : inside.find(']');
    if (close != std::string_view::npos) {
      if (!resp_text_code(in, inside.substr(0, close), out.code)) return false;
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
