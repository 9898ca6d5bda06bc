#include <algorithm>
#include <string>
#include <string_view>

#include "outmap/account.hpp"

namespace outmap {
namespace {

constexpr std::string_view inbox = "INBOX";

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return upper(c); });
  return out;
}

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (upper(c) >= 'A' && upper(c) <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

// INBOX in capitals, alone or as the first level: "inbox/Sub" is "INBOX/Sub", "Inboxes" stays.
std::string with_plain_inbox(std::string_view text) {
  if (upper(text.substr(0, inbox.size())) != inbox) return std::string(text);
  const auto rest = text.substr(inbox.size());
  if (!rest.empty() && is_word(rest.front())) return std::string(text);
  return std::string(inbox).append(rest);
}

// The next character's octets; a stray octet counts as one character.
std::size_t character_octets(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t most = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  std::size_t octets = 1;
  while (octets < most && octets < text.size() && (static_cast<unsigned char>(text[octets]) & 0xc0) == 0x80) ++octets;
  return octets;
}

// Goes back to the last star only: that one can always take what an earlier one would have had to.
bool glob(std::string_view pattern, std::string_view name) {
  constexpr auto none = std::string_view::npos;
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = none;
  std::size_t resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && pattern[p] == '?') {
      ++p;
      n += character_octets(name.substr(n));
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != none) {
      p = star + 1;
      // By characters, so that a ? behind the star never takes half of one.
      resume += character_octets(name.substr(resume));
      n = resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool any_matches(const std::vector<std::string>& patterns, const std::string& name) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return glob(with_plain_inbox(pattern), name) || (name == inbox && glob(upper(pattern), inbox));
  });
}

}  // namespace

bool matches(const sync_options& options, std::string_view name) {
  const auto plain = with_plain_inbox(name);
  if (any_matches(options.exclude, plain)) return false;
  return options.include.empty() || any_matches(options.include, plain);
}

}  // namespace outmap
