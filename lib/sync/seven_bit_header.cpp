#include "sync/seven_bit_header.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "auth/base64.hpp"
#include "sync/transfer_encoding.hpp"
#include "wire/grammar.hpp"

namespace outmap::sync {
namespace {

namespace grammar = wire::grammar;

// An encoded word has at most 75 octets (RFC 2047 2), of which "=?utf-8?B?" and "?=" are 12: 63 letters, 45 octets.
constexpr std::size_t octets_a_word = 45;
constexpr std::array<std::string_view, 9> address_fields = {
    "FROM", "TO", "CC", "BCC", "SENDER", "REPLY-TO", "RESENT-FROM", "RESENT-TO", "RESENT-CC"};
constexpr std::array<std::string_view, 2> parameter_fields = {"CONTENT-TYPE", "CONTENT-DISPOSITION"};
constexpr std::array<std::string_view, 6> free_text_fields = {"SUBJECT",      "COMMENTS", "CONTENT-DESCRIPTION",
                                                              "THREAD-TOPIC", "KEYWORDS", "ORGANIZATION"};

template <class List>
bool has(const List& list, std::string_view name) {
  return std::any_of(list.begin(), list.end(), [&](std::string_view known) { return grammar::is_word(name, known); });
}

std::size_t sequence_length(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  if (first >= 0xf0 && first < 0xf5) return 4;
  return 0;
}

// Encoded words for a run of text, each of whole characters, separated by folding.
std::string encoded_words(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::size_t take = 0;
    while (take < text.size()) {
      const auto length = sequence_length(static_cast<unsigned char>(text[take]));
      if (take + length > octets_a_word) break;
      take += length;
    }
    if (!out.empty()) out += "\r\n ";
    out += "=?utf-8?B?" + auth::encode_base64(text.substr(0, take)) + "?=";
    text.remove_prefix(take);
  }
  return out;
}

// The shortest stretch of whole words that holds all that is not ASCII becomes encoded words. Nothing where words in
// it are encoded already: they would be shown as they stand.
std::optional<std::string> encode_free_text(std::string_view text) {
  const auto first = std::find_if(text.begin(), text.end(), grammar::is_8bit) - text.begin();
  const auto last = std::find_if(text.rbegin(), text.rend(), grammar::is_8bit).base() - text.begin();
  auto from = text.substr(0, static_cast<std::size_t>(first)).find_last_of(' ');
  from = from == std::string_view::npos ? 0 : from + 1;
  auto to = text.find(' ', static_cast<std::size_t>(last));
  to = std::min(to, text.size());
  if (text.substr(from, to - from).find("=?") != std::string_view::npos) return std::nullopt;
  std::string out(text.substr(0, from));
  out += encoded_words(text.substr(from, to - from));
  if (to < text.size()) out.append("\r\n").append(text.substr(to));
  return out;
}

// The mailboxes of an address list, cut at the commas that are no part of a quoted string, a comment or an address.
std::vector<std::string_view> split_addresses(std::string_view text) {
  std::vector<std::string_view> out;
  bool quoted = false;
  bool angle = false;
  std::size_t depth = 0;
  std::size_t from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\') {
      ++i;
    } else if (quoted) {
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')') {
      depth -= depth > 0 ? 1 : 0;
    } else if (c == '<' || c == '>') {
      angle = c == '<';
    } else if (c == ',' && depth == 0 && !angle) {
      out.push_back(text.substr(from, i - from));
      from = i + 1;
    }
  }
  out.push_back(text.substr(from));
  return out;
}

std::string unquoted(std::string_view phrase) {
  if (phrase.size() < 2 || phrase.front() != '"' || phrase.back() != '"') return std::string(phrase);
  std::string out;
  phrase = phrase.substr(1, phrase.size() - 2);
  for (std::size_t i = 0; i < phrase.size(); ++i) {
    if (phrase[i] == '\\' && i + 1 < phrase.size()) ++i;
    out += phrase[i];
  }
  return out;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::optional<std::string> encode_addresses(std::string_view text) {
  std::string out;
  for (const auto part : split_addresses(text)) {
    const auto one = trimmed(part);
    if (!out.empty()) out += ",\r\n ";
    if (is_seven_bit(one)) {
      out += one;
      continue;
    }
    const auto angle = one.rfind('<');
    if (angle == std::string_view::npos || angle == 0 || !is_seven_bit(one.substr(angle))) return std::nullopt;
    const auto phrase = trimmed(one.substr(0, angle));
    // More than one quoted string, a comment or a group: there is more in it than a name.
    const bool quoted = phrase.size() > 1 && phrase.front() == '"' && phrase.back() == '"';
    const auto inner = quoted ? phrase.substr(1, phrase.size() - 2) : phrase;
    if (!quoted && phrase.find_first_of("\"():;<>\\") != std::string_view::npos) return std::nullopt;
    for (std::size_t i = 0; i < inner.size(); ++i) {
      if (inner[i] == '\\') {
        ++i;
      } else if (inner[i] == '"') {
        return std::nullopt;
      }
    }
    out += encoded_words(unquoted(phrase)) + "\r\n " + std::string(one.substr(angle));
  }
  return out;
}

std::string extended_value(std::string_view value) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  constexpr std::string_view plain = "!#$&+-.^_`|~";
  std::string out = "utf-8''";
  for (const char c : value) {
    if (grammar::is_letter(c) || grammar::is_digit(c) || plain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      const auto octet = static_cast<unsigned char>(c);
      out.append({'%', digits[octet >> 4], digits[octet & 15]});
    }
  }
  return out;
}

std::string quoted_value(std::string_view value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::optional<std::string> encode_parameters(std::string_view body) {
  const auto parsed = parse_parameters(body);
  if (parsed.word.empty() || !is_seven_bit(parsed.word)) return std::nullopt;
  std::string out = parsed.word;
  for (const auto& [name, value] : parsed.parameters) {
    if (!is_seven_bit(name)) return std::nullopt;
    const bool extended = !is_seven_bit(value);
    // Numbered or already extended ones have a form of their own.
    if (extended && name.find('*') != std::string::npos) return std::nullopt;
    out += ";\r\n " + name;
    if (extended) {
      out += "*=" + extended_value(value);
    } else {
      out += '=' + (name.ends_with('*') ? value : quoted_value(value));
    }
  }
  return out;
}

}  // namespace

bool is_seven_bit(std::string_view octets) { return std::none_of(octets.begin(), octets.end(), grammar::is_8bit); }

bool is_utf8(std::string_view octets) {
  for (std::size_t i = 0; i < octets.size();) {
    const auto first = static_cast<unsigned char>(octets[i]);
    const auto length = sequence_length(first);
    if (length == 0 || i + length > octets.size()) return false;
    for (std::size_t k = 1; k < length; ++k) {
      if ((static_cast<unsigned char>(octets[i + k]) & 0xc0) != 0x80) return false;
    }
    if (length > 2) {
      // Overlong forms, surrogates, and what is beyond U+10FFFF.
      const auto second = static_cast<unsigned char>(octets[i + 1]);
      const bool wrong = (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
                         (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f);
      if (wrong) return false;
    }
    i += length;
  }
  return true;
}

result<std::string> seven_bit_field(const header_field& field) {
  if (is_seven_bit(field.raw)) return with_crlf(field.raw);
  const auto refuse = [&](const char* why) {
    return fail(errc::unencodable, "the header field " + printable(field.name, 60) + " holds 8-bit octets " + why);
  };
  if (field.name.empty()) return refuse("and is no field");
  if (!is_seven_bit(field.name)) return refuse("in its name");
  if (!is_utf8(field.body)) return refuse("that are no UTF-8");
  const auto body = unfolded(field.body);
  std::optional<std::string> encoded;
  const bool free_text = has(free_text_fields, field.name) || grammar::begins_with_word(field.name, "X-");
  if (free_text) encoded = encode_free_text(body);
  if (has(address_fields, field.name)) encoded = encode_addresses(body);
  if (has(parameter_fields, field.name)) encoded = encode_parameters(body);
  if (!encoded) return refuse("where none can be encoded");
  return std::string(field.name) + ": " + *encoded + "\r\n";
}

}  // namespace outmap::sync
