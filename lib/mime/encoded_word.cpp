#include "mime/encoded_word.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "mime/charset.hpp"
#include "mime/letter_case.hpp"

namespace outmap::mime {
namespace {

struct encoded_word {
  std::string charset;
  std::string octets;  // decoded from B or Q, still of the set
  std::string_view source;
};

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::optional<unsigned> base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return std::nullopt;
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    if (c == '=' || is_blank(c)) continue;
    const auto value = base64_value(c);
    if (!value) return std::nullopt;
    bits = (bits << 6 | *value) & 0xffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>(bits >> held & 0xff);
    }
  }
  return out;
}

std::optional<unsigned> hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = lower(c);
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return std::nullopt;
}

// An '=' that no two digits follow stands for itself, as mail programs have it.
std::string from_q(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto high = text[i] == '=' && i + 2 < text.size() ? hex_value(text[i + 1]) : std::nullopt;
    const auto low = high ? hex_value(text[i + 2]) : std::nullopt;
    if (low) {
      out += static_cast<char>(*high << 4 | *low);
      i += 2;
    } else {
      out += text[i] == '_' ? ' ' : text[i];
    }
  }
  return out;
}

// Where words end. What was looked through for an end that is far away is not looked through again.
class word_ends {
 public:
  explicit word_ends(std::string_view text) : text_(text) {}
  // The first "?=" at or behind `from`, which never goes back.
  std::size_t next(std::size_t from) {
    if (!known_ || next_ < from) next_ = std::min(text_.find("?=", from), text_.size());
    known_ = true;
    return next_;
  }

 private:
  std::string_view text_;
  std::size_t next_ = 0;
  bool known_ = false;
};

// The word at `at` of `text`, where "=?" stands.
std::optional<encoded_word> word_at(std::string_view text, std::size_t at, word_ends& ends) {
  // RFC 2047 allows 75; some senders put a whole subject into one.
  constexpr std::size_t longest_word = 4096;
  const auto word = text.substr(at, longest_word);
  const auto charset_end = word.find('?', 2);
  if (charset_end == std::string_view::npos || charset_end + 2 >= word.size() || word[charset_end + 2] != '?') {
    return std::nullopt;
  }
  const auto start = charset_end + 3;
  const auto end = ends.next(at + start) - at;
  if (end + 2 > word.size()) return std::nullopt;
  const auto body = word.substr(start, end - start);
  encoded_word out;
  const auto charset = word.substr(2, charset_end - 2);
  out.charset = charset.substr(0, charset.find('*'));
  out.source = word.substr(0, end + 2);
  const char encoding = lower(word[charset_end + 1]);
  auto octets = encoding == 'b' ? from_base64(body) : encoding == 'q' ? std::optional(from_q(body)) : std::nullopt;
  if (out.charset.empty() || !octets) return std::nullopt;
  out.octets = std::move(*octets);
  return out;
}

// A word of a row, after decoding.
struct outcome {
  std::string_view blanks;  // before it
  encoded_word word;
  std::optional<std::string> text;  // UTF-8; empty also for a word whose text came with the one before
};

// Words of one set are converted together, since senders cut characters in two; one by one if that fails.
void decode_set(std::vector<outcome>& row, std::size_t first, std::size_t last) {
  std::string octets;
  for (auto i = first; i < last; ++i) octets += row[i].word.octets;
  if (auto whole = to_utf8(row[first].word.charset, octets)) {
    row[first].text = std::move(*whole);
    for (auto i = first + 1; i < last; ++i) row[i].text.emplace();
  } else {
    for (auto i = first; i < last; ++i) row[i].text = to_utf8(row[i].word.charset, row[i].word.octets);
  }
}

void append_row(std::string& out, std::vector<outcome>& row) {
  for (std::size_t first = 0; first < row.size();) {
    auto last = first + 1;
    while (last < row.size() && same_name(row[first].word.charset, row[last].word.charset)) ++last;
    decode_set(row, first, last);
    first = last;
  }
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i > 0 && !(row[i - 1].text && row[i].text)) out += row[i].blanks;
    out += row[i].text ? *row[i].text : std::string(row[i].word.source);
  }
  row.clear();
}

}  // namespace

std::string decode_words(std::string_view text) {
  std::string out;
  std::vector<outcome> row;
  word_ends ends(text);
  for (std::size_t at = 0; at < text.size();) {
    const auto begin = row.empty() ? at : std::min(text.find_first_not_of(" \t", at), text.size());
    if (auto word = text.substr(begin).starts_with("=?") ? word_at(text, begin, ends) : std::nullopt) {
      const auto octets = word->source.size();
      row.push_back({text.substr(at, begin - at), std::move(*word), std::nullopt});
      at = begin + octets;
      continue;
    }
    append_row(out, row);
    const auto plain = std::min(text.find("=?", begin + 1), text.size());
    out += text.substr(at, plain - at);
    at = plain;
  }
  append_row(out, row);
  return out;
}

}  // namespace outmap::mime
