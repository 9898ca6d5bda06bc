#include "header_fields.hpp"

#include <algorithm>

#include "ascii.hpp"

namespace outmap::exchange {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (is_blank(text.front()) || text.front() == '\r' || text.front() == '\n')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (is_blank(text.back()) || text.back() == '\r' || text.back() == '\n')) text.remove_suffix(1);
  return text;
}

/// The end of the comment that begins at `at`, which is a '('.
std::size_t behind_comment(std::string_view text, std::size_t at) {
  int depth = 0;
  for (; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '(') {
      ++depth;
    } else if (text[at] == ')' && --depth == 0) {
      return at + 1;
    }
  }
  return text.size();
}

/// Takes what stands up to one of `stops`, which stays; quoted strings lose their quotes, comments vanish.
std::string take_word(std::string_view text, std::size_t& at, std::string_view stops) {
  std::string word;
  while (at < text.size() && stops.find(text[at]) == std::string_view::npos) {
    if (text[at] == '(') {
      at = behind_comment(text, at);
    } else if (text[at] == '"') {
      for (++at; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\' && at + 1 < text.size()) ++at;
        word += text[at];
      }
      at += at < text.size() ? 1 : 0;
    } else {
      if (!is_blank(text[at])) word += text[at];
      ++at;
    }
  }
  return word;
}

}  // namespace

std::size_t header_size(std::string_view octets) {
  if (octets.starts_with("\r\n")) return 2;
  const std::size_t end = octets.find("\r\n\r\n");
  return end == std::string_view::npos ? octets.size() : end + 4;
}

std::vector<header_field> header_fields(std::string_view header) {
  std::vector<header_field> fields;
  for (std::size_t start = 0; start < header.size();) {
    std::size_t end = header.find('\n', start);
    end = end == std::string_view::npos ? header.size() : end + 1;
    while (end < header.size() && is_blank(header[end])) {
      const std::size_t next = header.find('\n', end);
      end = next == std::string_view::npos ? header.size() : next + 1;
    }
    const std::string_view whole = header.substr(start, end - start);
    const std::size_t colon = whole.find(':');
    const std::size_t stop = whole.find_first_of(" \t\r\n");
    if (colon != std::string_view::npos && colon != 0 && colon <= stop) {
      fields.push_back({whole.substr(0, colon), whole});
    }
    start = end;
  }
  return fields;
}

std::string unfolded_value(const header_field& field) {
  const std::string_view value = trimmed(field.whole.substr(field.name.size() + 1));
  std::string out;
  for (const char c : value) {
    if (c != '\r' && c != '\n') out += c;
  }
  return out;
}

std::optional<std::string> field_value(const std::vector<header_field>& fields, std::string_view name) {
  const auto it = std::ranges::find_if(fields, [&](const header_field& f) { return same_word(f.name, name); });
  return it == fields.end() ? std::nullopt : std::optional(unfolded_value(*it));
}

parameter_value parse_parameters(std::string_view value) {
  constexpr std::size_t most_parameters = 100;
  parameter_value parsed;
  std::size_t at = 0;
  parsed.word = take_word(value, at, ";");
  while (at < value.size() && parsed.parameters.size() < most_parameters) {
    ++at;
    std::string name = take_word(value, at, ";=");
    if (at >= value.size() || value[at] != '=') continue;
    ++at;
    std::string text = take_word(value, at, ";");
    if (!name.empty()) parsed.parameters.emplace_back(std::move(name), std::move(text));
  }
  return parsed;
}

}  // namespace outmap::exchange
