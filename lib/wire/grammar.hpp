// The character classes of RFC 3501 section 9, and comparison without regard to case.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace outmap::wire::grammar {

enum class_bits : std::uint8_t {
  atom_bit = 1,      ///< ATOM-CHAR
  astring_bit = 2,   ///< ASTRING-CHAR: ATOM-CHAR and "]"
  list_bit = 4,      ///< list-char: ASTRING-CHAR and the wildcards
  text_bit = 8,      ///< what a client may send in a line: 7-bit and no CTL
};

inline constexpr std::array<std::uint8_t, 256> classes = [] {
  std::array<std::uint8_t, 256> table{};
  for (unsigned c = 0x20; c < 0x7f; ++c) {
    table[c] = text_bit;
    const auto octet = static_cast<char>(c);
    const bool wildcard = octet == '%' || octet == '*';
    const bool special = octet == '(' || octet == ')' || octet == '{' || octet == ' ' || octet == '"' || octet == '\\';
    if (special) continue;
    table[c] |= list_bit;
    if (wildcard) continue;
    table[c] |= astring_bit;
    if (octet != ']') table[c] |= atom_bit;
  }
  return table;
}();

constexpr bool in_class(char c, class_bits bit) { return (classes[static_cast<unsigned char>(c)] & bit) != 0; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
constexpr bool is_8bit(char c) { return static_cast<unsigned char>(c) >= 0x80; }
constexpr bool is_ctl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }
constexpr char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

/// `word` in any case; `upper_case` is a constant in capitals.
inline bool is_word(std::string_view word, std::string_view upper_case) {
  return word.size() == upper_case.size() &&
         std::equal(word.begin(), word.end(), upper_case.begin(), [](char a, char b) { return upper(a) == b; });
}

/// The same word in any case, both of any spelling.
inline bool is_same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return upper(x) == upper(y); });
}

inline bool begins_with_word(std::string_view text, std::string_view upper_case) {
  return text.size() >= upper_case.size() && is_word(text.substr(0, upper_case.size()), upper_case);
}

inline std::string upper_cased(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return upper(c); });
  return out;
}

/// Position of the quote that closes the string opened at `open`, or npos. With `unescaped` a quote closes only
/// where the grammar lets a string end (before a space, a parenthesis, a bracket or the end), so that stray quotes
/// stay inside.
inline std::size_t closing_quote(std::string_view text, std::size_t open, bool unescaped) {
  for (std::size_t i = open + 1; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\r' || c == '\n') return std::string_view::npos;
    if (c == '\\') {
      ++i;
    } else if (c == '"') {
      if (!unescaped || i + 1 == text.size()) return i;
      const char next = text[i + 1];
      if (is_blank(next) || next == ')' || next == ']') return i;
    }
  }
  return std::string_view::npos;
}

}  // namespace outmap::wire::grammar
