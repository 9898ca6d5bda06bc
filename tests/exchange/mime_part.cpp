#include "mime_part.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "ascii.hpp"

namespace outmap::exchange {

namespace {

constexpr int deepest_part = 30;
constexpr std::size_t most_parts = 2'000;

struct walk {
  std::string_view octets;
  std::size_t parts = 0;
};

mime_part parse_part(walk& w, std::size_t begin, std::size_t end, int depth, bool in_digest);

void read_header(walk& w, mime_part& part, bool in_digest) {
  const auto fields = header_fields(part.header_in(w.octets));
  const auto content_type = field_value(fields, "Content-Type");
  const parameter_value parsed = parse_parameters(content_type.value_or(in_digest ? "message/rfc822" : ""));
  const std::size_t slash = parsed.word.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == parsed.word.size()) {
    part.type = "TEXT";
    part.subtype = "PLAIN";
    part.parameters = {{"CHARSET", "US-ASCII"}};
  } else {
    part.type = upper_cased(parsed.word.substr(0, slash));
    part.subtype = upper_cased(parsed.word.substr(slash + 1));
    part.parameters = parsed.parameters;
  }
  for (const auto& [name, value] : part.parameters) {
    if (same_word(name, "boundary")) part.boundary = value;
  }
  part.encoding = upper_cased(parse_parameters(field_value(fields, "Content-Transfer-Encoding").value_or("")).word);
  if (part.encoding.empty()) part.encoding = "7BIT";
}

/// A delimiter line: where it begins (with the CRLF before it), where the next line begins, whether it is the last.
struct delimiter_line {
  std::size_t begin = 0;
  std::size_t next = 0;
  bool closes = false;
};

std::optional<delimiter_line> find_delimiter(std::string_view octets, std::size_t from, std::size_t end,
                                             const std::string& boundary) {
  const std::string mark = "--" + boundary;
  // Bounded, so that a part is never searched beyond its own end, however many there are.
  octets = octets.substr(0, end);
  for (std::size_t at = octets.find(mark, from); at != std::string_view::npos; at = octets.find(mark, at + 1)) {
    if (at != from && octets[at - 1] != '\n') continue;
    std::size_t behind = at + mark.size();
    delimiter_line line;
    line.closes = octets.substr(behind, std::min<std::size_t>(2, end - behind)) == "--";
    if (line.closes) behind += 2;
    while (behind < end && (octets[behind] == ' ' || octets[behind] == '\t')) ++behind;
    if (behind < end && octets[behind] != '\r' && octets[behind] != '\n') continue;
    line.begin = at >= from + 2 && octets[at - 2] == '\r' ? at - 2 : at;
    const std::size_t lf = octets.find('\n', behind);
    line.next = lf == std::string_view::npos ? end : lf + 1;
    return line;
  }
  return std::nullopt;
}

void read_children(walk& w, mime_part& part, int depth) {
  auto line = find_delimiter(w.octets, part.body, part.end, part.boundary);
  while (line && !line->closes && w.parts < most_parts) {
    const std::size_t start = line->next;
    auto next = find_delimiter(w.octets, start, part.end, part.boundary);
    const std::size_t stop = next ? std::max(start, next->begin) : part.end;
    part.children.push_back(parse_part(w, start, stop, depth + 1, part.subtype == "DIGEST"));
    line = next;
  }
}

mime_part parse_part(walk& w, std::size_t begin, std::size_t end, int depth, bool in_digest) {
  ++w.parts;
  mime_part part;
  part.begin = begin;
  part.end = end;
  part.body = begin + header_size(w.octets.substr(begin, end - begin));
  read_header(w, part, in_digest);
  if (depth >= deepest_part || w.parts >= most_parts) return part;
  if (part.type == "MULTIPART" && !part.boundary.empty()) read_children(w, part, depth);
  const bool plain = part.encoding == "7BIT" || part.encoding == "8BIT" || part.encoding == "BINARY";
  if (part.type == "MESSAGE" && part.subtype == "RFC822" && plain) {
    part.children.push_back(parse_part(w, part.body, end, depth + 1, false));
  }
  return part;
}

/// Numbers at the front of a section, and what follows them.
std::pair<std::vector<std::uint32_t>, std::string_view> split_section(std::string_view section) {
  std::vector<std::uint32_t> numbers;
  while (!section.empty() && section.front() >= '0' && section.front() <= '9') {
    std::uint32_t n = 0;
    const auto [end, failed] = std::from_chars(section.data(), section.data() + section.size(), n);
    numbers.push_back(failed == std::errc{} ? n : 0);
    section.remove_prefix(static_cast<std::size_t>(end - section.data()));
    if (section.empty() || section.front() != '.') break;
    section.remove_prefix(1);
  }
  return {std::move(numbers), section};
}

std::string chosen_fields(std::string_view header, const std::vector<std::string>& names, bool wanted) {
  std::string out;
  for (const header_field& field : header_fields(header)) {
    const bool named = std::ranges::any_of(names, [&](const std::string& name) { return same_word(name, field.name); });
    if (named == wanted) out += field.whole;
  }
  return out + "\r\n";
}

}  // namespace

mime_part parse_mime(std::string_view octets) {
  walk w{octets};
  return parse_part(w, 0, octets.size(), 0, false);
}

const mime_part* part_at(const mime_part& message, std::span<const std::uint32_t> numbers) {
  const mime_part* at = &message;
  bool is_message = true;  // `at` is the whole of a message, not yet its only part
  for (const std::uint32_t n : numbers) {
    if (!is_message && at->holds_message()) {
      at = &at->children.front();
      is_message = true;
    }
    if (at->is_multipart()) {
      if (n == 0 || n > at->children.size()) return nullptr;
      at = &at->children[n - 1];
    } else if (!is_message || n != 1) {
      return nullptr;
    }
    is_message = false;
  }
  return at;
}

std::optional<std::string> section_text(std::string_view octets, std::string_view section,
                                        const std::vector<std::string>& fields) {
  const auto [numbers, kind] = split_section(section);
  static constexpr std::array<std::string_view, 6> kinds = {"",     "HEADER",           "TEXT", "HEADER.FIELDS",
                                                            "MIME", "HEADER.FIELDS.NOT"};
  if (std::ranges::find(kinds, kind) == kinds.end() || (kind == "MIME" && numbers.empty())) return std::nullopt;
  if (section.ends_with('.') || std::ranges::find(numbers, 0U) != numbers.end()) return std::nullopt;
  if (numbers.empty() && kind.empty()) return std::string(octets);
  if (numbers.empty() && kind != "MIME") {
    const std::size_t header = header_size(octets);
    if (kind == "HEADER") return std::string(octets.substr(0, header));
    if (kind == "TEXT") return std::string(octets.substr(header));
    return chosen_fields(octets.substr(0, header), fields, kind == "HEADER.FIELDS");
  }
  const mime_part root = parse_mime(octets);
  const mime_part* part = part_at(root, numbers);
  if (part == nullptr) return std::string();
  if (kind.empty()) return std::string(part->body_in(octets));
  if (kind == "MIME") return std::string(part->header_in(octets));
  // RFC 3501 6.4.5: HEADER and TEXT with numbers are those of a message inside.
  if (!part->holds_message()) return std::string();
  const mime_part& inside = part->children.front();
  if (kind == "HEADER") return std::string(inside.header_in(octets));
  if (kind == "TEXT") return std::string(inside.body_in(octets));
  return chosen_fields(inside.header_in(octets), fields, kind == "HEADER.FIELDS");
}

}  // namespace outmap::exchange
