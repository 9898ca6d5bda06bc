#include "message_search.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "ascii.hpp"
#include "auth/base64.hpp"
#include "mime_part.hpp"
#include "wire/date_time.hpp"

namespace outmap::exchange {

namespace {

constexpr std::int64_t seconds_a_day = 86'400;

bool contains(std::string_view text, std::string_view wanted) {
  const auto found = std::ranges::search(text, wanted, [](char a, char b) { return upper(a) == upper(b); });
  return wanted.empty() || !found.empty();
}

/// RFC 3501 6.4.4: dates are compared without time and zone, so the day is that of the date's own zone.
std::int64_t day_of(internal_date date) {
  const std::int64_t local = date.unix_seconds + std::int64_t{date.zone_minutes} * 60;
  return local >= 0 ? local / seconds_a_day : -((-local + seconds_a_day - 1) / seconds_a_day);
}

/// The day in a Date field ("Wed, 17 Jul 1996 02:44:25 -0700"), zone disregarded.
std::optional<std::int64_t> sent_day(const std::vector<header_field>& fields) {
  std::string value = field_value(fields, "Date").value_or("");
  if (const std::size_t comma = value.find(','); comma != std::string::npos) value.erase(0, comma + 1);
  std::vector<std::string> words;
  for (std::size_t at = value.find_first_not_of(' '); at != std::string::npos && words.size() < 3;) {
    const std::size_t end = std::min(value.find(' ', at), value.size());
    words.push_back(value.substr(at, end - at));
    at = value.find_first_not_of(' ', end);
  }
  if (words.size() < 3) return std::nullopt;
  const std::string day = words[0].size() == 1 ? "0" + words[0] : words[0];
  const auto midnight =
      wire::parse_date_time(day + "-" + words[1] + "-" + words[2] + " 00:00:00 +0000", wire::quirks::none());
  return midnight ? std::optional(midnight->unix_seconds / seconds_a_day) : std::nullopt;
}

std::string from_quoted_printable(std::string_view text);

/// The encoded word (RFC 2047) at the front of `text`, decoded, and how long it is; nothing when there is none. The
/// charset is not converted: keys are US-ASCII, and in the charsets of mail these letters are themselves.
std::optional<std::pair<std::string, std::size_t>> encoded_word(std::string_view text) {
  if (!text.starts_with("=?")) return std::nullopt;
  const std::size_t encoding = text.find('?', 2);
  if (encoding == std::string_view::npos || text.find('?', encoding + 1) != encoding + 2) return std::nullopt;
  const std::size_t end = text.find("?=", encoding + 3);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view inside = text.substr(encoding + 3, end - encoding - 3);
  if (inside.find(' ') != std::string_view::npos) return std::nullopt;
  if (upper(text[encoding + 1]) == 'B') {
    auto octets = auth::decode_base64(inside);
    return octets ? std::optional(std::pair(*std::move(octets), end + 2)) : std::nullopt;
  }
  if (upper(text[encoding + 1]) != 'Q') return std::nullopt;
  std::string spaced(inside);
  std::ranges::replace(spaced, '_', ' ');
  return std::pair(from_quoted_printable(spaced), end + 2);
}

/// A header's value with its encoded words decoded; white space between two of them vanishes.
std::string readable(std::string_view value) {
  std::string out;
  bool behind_word = false;
  while (!value.empty()) {
    const std::size_t gap = std::min(value.find_first_not_of(" \t"), value.size());
    const auto word = encoded_word(value.substr(gap));
    if (!word) {
      const std::size_t next = std::max<std::size_t>(std::min(value.find_first_of(" \t", gap), value.size()), 1);
      // A word in parentheses or quotes begins behind those.
      const std::size_t inner = std::max<std::size_t>(std::min(value.find("=?", gap + 1), next), 1);
      out += value.substr(0, inner);
      value.remove_prefix(inner);
      behind_word = false;
      continue;
    }
    if (!behind_word) out += value.substr(0, gap);
    out += word->first;
    value.remove_prefix(gap + word->second);
    behind_word = true;
  }
  return out;
}

std::string from_quoted_printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      out += text[i];
      continue;
    }
    unsigned value = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits == "\r\n") {
      i += 2;
    } else if (failed == std::errc{} && end == digits.data() + 2) {
      out += static_cast<char>(value);
      i += 2;
    } else {
      out += '=';
    }
  }
  return out;
}

std::string decoded(const mime_part& part, std::string_view body) {
  if (part.encoding == "QUOTED-PRINTABLE") return from_quoted_printable(body);
  if (part.encoding != "BASE64") return std::string(body);
  std::string digits;
  std::ranges::copy_if(body, std::back_inserter(digits), [](char c) { return c != '\r' && c != '\n' && c != ' '; });
  return auth::decode_base64(digits).value_or(std::string(body));
}

bool in_body(const mime_part& part, std::string_view octets, std::string_view wanted) {
  if (!part.children.empty()) {
    return std::ranges::any_of(part.children, [&](const mime_part& child) {
      return contains(child.header_in(octets), wanted) || in_body(child, octets, wanted);
    });
  }
  const bool readable = part.type == "TEXT" || part.type == "MESSAGE";
  return readable && contains(decoded(part, part.body_in(octets)), wanted);
}

bool in_header(const std::vector<header_field>& fields, const search_key& key) {
  return std::ranges::any_of(fields, [&](const header_field& field) {
    return same_word(field.name, key.field) && contains(readable(unfolded_value(field)), key.text);
  });
}

bool in_set(const sequence_set& set, std::uint32_t number, std::uint32_t last) {
  return std::ranges::any_of(set, [&](const sequence_range& range) {
    const std::uint32_t a = range.first == 0 ? last : range.first;
    const std::uint32_t b = range.last == 0 ? last : range.last;
    return std::min(a, b) <= number && number <= std::max(a, b);
  });
}

bool has_keyword(const search_subject& subject, std::string_view wanted) {
  if (subject.only_mdn_sent && !same_word(wanted, "$MDNSent")) return false;
  std::string_view words = subject.what.flags.keywords();
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (same_word(words.substr(0, end), wanted)) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

bool meets_text(const search_key& key, const search_subject& subject) {
  const std::string_view octets = *subject.what.octets;
  const auto header = octets.substr(0, header_size(octets));
  if (key.kind == search_kind::header) return in_header(header_fields(header), key);
  const bool in_parts = in_body(parse_mime(octets), octets, key.text);
  if (key.kind == search_kind::body || in_parts) return in_parts;
  return std::ranges::any_of(header_fields(header), [&](const header_field& field) {
    return contains(std::string(field.name) + ": " + readable(unfolded_value(field)), key.text);
  });
}

bool meets_sent(const search_key& key, const search_subject& subject) {
  const std::string_view octets = *subject.what.octets;
  const auto day = sent_day(header_fields(octets.substr(0, header_size(octets))));
  if (!day) return false;
  if (key.kind == search_kind::sent_on) return *day == key.day;
  return key.kind == search_kind::sent_before ? *day < key.day : *day >= key.day;
}

}  // namespace

bool meets(const search_key& key, const search_subject& subject) {
  const auto one = [&](const search_key& child) { return meets(child, subject); };
  switch (key.kind) {
    case search_kind::all: return std::ranges::all_of(key.children, one);
    case search_kind::any: return std::ranges::any_of(key.children, one);
    case search_kind::negated: return std::ranges::none_of(key.children, one);
    case search_kind::numbers: return in_set(key.set, subject.number, subject.last_number);
    case search_kind::uids: return in_set(key.set, subject.what.uid, subject.last_uid);
    case search_kind::flag: return subject.what.flags.has(key.flag);
    case search_kind::keyword: return has_keyword(subject, key.text);
    case search_kind::recent: return subject.recent;
    case search_kind::larger: return subject.size > key.number;
    case search_kind::smaller: return subject.size < key.number;
    case search_kind::before: return day_of(subject.what.date) < key.day;
    case search_kind::on: return day_of(subject.what.date) == key.day;
    case search_kind::since: return day_of(subject.what.date) >= key.day;
    case search_kind::sent_before:
    case search_kind::sent_on:
    case search_kind::sent_since: return meets_sent(key, subject);
    case search_kind::header:
    case search_kind::body:
    case search_kind::text: return meets_text(key, subject);
  }
  return false;
}

}  // namespace outmap::exchange
