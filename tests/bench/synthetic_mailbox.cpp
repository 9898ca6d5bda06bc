#include "bench/synthetic_mailbox.hpp"

#include <algorithm>
#include <charconv>

namespace outmap::bench {
namespace {

// Filler that ends in a line break wherever it is cut to a multiple of its line.
const std::string& filler() {
  static const std::string text = [] {
    std::string made;
    for (unsigned line = 0; made.size() < (std::size_t{1} << 20); ++line) {
      for (unsigned i = 0; i < 76; ++i) made += static_cast<char>('A' + (line * 7 + i * 11) % 26);
      made += "\r\n";
    }
    return made;
  }();
  return text;
}

void append_number(std::string& out, std::uint64_t value) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

bool has(std::string_view items, std::string_view item) { return items.find(item) != std::string_view::npos; }

}  // namespace

std::vector<uid_span> parse_uid_set(std::string_view text, std::uint32_t highest) {
  std::vector<uid_span> spans;
  const auto number = [&](std::string_view word) -> std::uint32_t {
    if (word == "*") return highest;
    std::uint32_t value = 0;
    const auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), value);
    return code == std::errc{} && end == word.data() + word.size() ? value : 0;
  };
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const auto word = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    const auto colon = word.find(':');
    auto first = number(word.substr(0, colon));
    auto last = colon == std::string_view::npos ? first : number(word.substr(colon + 1));
    if (first == 0 || last == 0) return {};
    if (first > last) std::swap(first, last);
    if (first <= highest) spans.push_back({first, std::min(last, highest)});
  }
  return spans;
}

std::string synthetic_mailbox::header(std::uint32_t uid) const {
  const auto id = std::to_string(uid);
  std::string text = "From: Sender <sender@example.com>\r\nTo: alice@example.com\r\nSubject: message ";
  text.append(id).append("\r\nDate: Tue, 05 Mar 2024 10:00:00 +0100\r\nMessage-ID: <").append(id);
  return text.append(".").append(name_).append("@example.com>\r\n\r\n");
}

void synthetic_mailbox::append_filler(std::string& out, std::size_t octets, std::size_t already) {
  for (std::size_t at = already % filler().size(); octets > 0; at = 0) {
    const auto now = std::min(octets, filler().size() - at);
    out.append(filler(), at, now);
    octets -= now;
  }
}

std::size_t synthetic_mailbox::begin_fetch(std::string& out, std::uint32_t uid, bool thinned,
                                           std::string_view items) const {
  out += "* ";
  append_number(out, thinned ? uid - uid / 10 : uid);
  out += " FETCH (UID ";
  append_number(out, uid);
  if (has(items, "FLAGS")) out += uid % 3 == 0 ? " FLAGS (\\Seen)" : " FLAGS ()";
  if (has(items, "INTERNALDATE")) out += " INTERNALDATE \"05-Mar-2024 10:00:00 +0100\"";
  if (has(items, "RFC822.SIZE")) {
    out += " RFC822.SIZE ";
    append_number(out, std::max(body_octets_, header(uid).size()));
  }
  if (has(items, "BODY.PEEK[HEADER]")) {
    const auto head = header(uid);
    out += " BODY[HEADER] {";
    append_number(out, head.size());
    out.append("}\r\n").append(head);
  }
  if (!has(items, "BODY.PEEK[]")) return 0;
  const auto head = header(uid);
  out += " BODY[] {";
  append_number(out, std::max(body_octets_, head.size()));
  out.append("}\r\n").append(head);
  return body_octets_ - std::min(body_octets_, head.size());
}

void synthetic_mailbox::expunge(std::string& out, std::uint32_t uid) {
  out += "* ";
  append_number(out, uid - uid / 10 + 1);
  out += " EXPUNGE\r\n";
}

}  // namespace outmap::bench
