#include "search/match_text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace outmap::search {
namespace {

struct character {
  char32_t code = 0;
  std::size_t octets = 1;
};

// An octet that is no UTF-8 counts as a character by itself.
character character_at(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t octets = lead < 0xc2 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 1;
  if (octets == 1 || text.size() < octets) return {lead, 1};
  char32_t code = lead & (0xffu >> (octets + 1));
  for (std::size_t i = 1; i < octets; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0) != 0x80) return {lead, 1};
    code = code << 6 | (next & 0x3fu);
  }
  return {code, octets};
}

bool stands_alone(char32_t c) {
  constexpr std::array<std::pair<char32_t, char32_t>, 9> ranges{{{0x0e00, 0x0eff},
                                                                 {0x1000, 0x109f},
                                                                 {0x1780, 0x17ff},
                                                                 {0x3040, 0x30ff},
                                                                 {0x31f0, 0x31ff},
                                                                 {0x3400, 0x4dbf},
                                                                 {0x4e00, 0x9fff},
                                                                 {0xf900, 0xfaff},
                                                                 {0x20000, 0x323af}}};
  return std::any_of(ranges.begin(), ranges.end(), [c](const auto& r) { return c >= r.first && c <= r.second; });
}

bool has_word(std::string_view words) {
  return std::any_of(words.begin(), words.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           static_cast<unsigned char>(c) >= 0x80;
  });
}

std::string_view column_of(search_field in) {
  switch (in) {
    case search_field::sender: return "sender : ";
    case search_field::recipients: return "recipients : ";
    case search_field::subject: return "subject : ";
    case search_field::text: return "text : ";
    case search_field::files: return "files : ";
    case search_field::any: break;
  }
  return {};
}

std::string expression_of(const search_term& term) {
  std::string out(column_of(term.in));
  out += '"';
  for (const char c : word_by_word(term.words)) {
    if (c == '"') out += '"';
    // SQLite would take NUL for the end of the expression.
    out += c == '\0' ? ' ' : c;
  }
  out += '"';
  if (term.prefix) out += " *";
  return out;
}

}  // namespace

std::string word_by_word(std::string_view utf8) {
  std::string out;
  out.reserve(utf8.size() + utf8.size() / 8);
  bool alone = false;
  while (!utf8.empty()) {
    const auto next = character_at(utf8);
    const bool before = std::exchange(alone, next.octets > 1 && stands_alone(next.code));
    if (alone || before) out += ' ';
    out += utf8.substr(0, next.octets);
    utf8.remove_prefix(next.octets);
  }
  return out;
}

result<match_text> match_text_of(const search_query& query) {
  if (query.terms.size() > search_query::most_terms) return fail(errc::invalid_argument, "too many words");
  match_text out;
  for (const auto& term : query.terms) {
    if (!has_word(term.words)) {
      return fail(errc::invalid_argument,
                  "'" + printable(term.words, 100) + "' holds no letter and no digit to look for");
    }
    auto& into = term.negated ? out.unwanted : out.wanted;
    if (!into.empty()) into += term.negated ? " OR " : " AND ";
    into += expression_of(term);
  }
  return out;
}

}  // namespace outmap::search
