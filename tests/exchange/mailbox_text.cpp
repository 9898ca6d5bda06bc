#include "mailbox_text.hpp"

#include <algorithm>
#include <vector>

#include "ascii.hpp"
#include "mailbox_store.hpp"
#include "wire/modified_utf7.hpp"

namespace outmap::exchange {

namespace {

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::ranges::count_if(utf8, [](char c) { return !continues_character(c); }));
}

std::string_view first_characters(std::string_view utf8, std::size_t most) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    if (!continues_character(utf8[i]) && seen++ == most) return utf8.substr(0, i);
  }
  return utf8;
}

std::string quoted(std::string_view text, bool bare_quotes) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '\\' || (c == '"' && !bare_quotes)) out += '\\';
    out += c;
  }
  return out += '"';
}

}  // namespace

std::string name_on_wire(std::string_view utf8, const personality& behaves) {
  const auto encoded = wire::encode_modified_utf7(first_characters(utf8, behaves.longest_name));
  // A fixture may hold a name that has no wire form; it goes out as it is, for the client to cope with.
  const std::string name = encoded ? *encoded : std::string(utf8);
  const bool literal = name.find('\\') != std::string::npos ||
                       (behaves.literals == name_literals::backslash_and_quote && name.find('"') != std::string::npos);
  if (literal) return "{" + std::to_string(name.size()) + "}\r\n" + name;
  const bool atom = !name.empty() && std::ranges::all_of(name, [](char c) {
    return c > ' ' && c < '\x7f' && std::string_view("(){%*\"\\]").find(c) == std::string_view::npos;
  });
  return atom ? name : quoted(name, behaves.unescaped_quotes);
}

std::optional<std::string> name_from_wire(std::string_view wire) {
  auto name = wire::decode_modified_utf7(wire);
  if (!name) return std::nullopt;
  if (name->size() > 1 && name->ends_with(delimiter)) name->pop_back();
  return std::move(*name);
}

std::optional<std::string> pattern_from_wire(std::string_view wire) {
  auto pattern = wire::decode_modified_utf7(wire);
  return pattern ? std::optional(*std::move(pattern)) : std::nullopt;
}

bool name_allowed(std::string_view utf8, const personality& behaves) {
  if (utf8.empty() || characters(utf8) > behaves.longest_name) return false;
  if (utf8.front() == delimiter || utf8.back() == delimiter) return false;
  if (utf8.find(std::string(2, delimiter)) != std::string_view::npos) return false;
  return static_cast<std::size_t>(std::ranges::count(utf8, delimiter)) < behaves.deepest_name;
}

bool name_matches(std::string_view pattern, std::string_view name, bool ignore_case) {
  const bool in_inbox = name == "INBOX" || name.starts_with("INBOX/");
  const auto same = [&](std::size_t at, char wanted) {
    const bool fold = ignore_case || (in_inbox && at < 5);
    return fold ? upper(name[at]) == upper(wanted) : name[at] == wanted;
  };
  // reached[i]: the pattern so far matches the first i octets. Linear in pattern times name, whatever the wildcards.
  std::vector<bool> reached(name.size() + 1, false);
  reached[0] = true;
  for (const char p : pattern) {
    std::vector<bool> next(name.size() + 1, false);
    for (std::size_t i = 0; i <= name.size(); ++i) {
      if (p == '*' || p == '%') {
        next[i] = reached[i] || (i > 0 && next[i - 1] && (p == '*' || name[i - 1] != delimiter));
      } else {
        next[i] = i > 0 && reached[i - 1] && same(i - 1, p);
      }
    }
    reached = std::move(next);
  }
  return reached[name.size()];
}

}  // namespace outmap::exchange
