#include "archive/local_name.hpp"

#include <locale.h>
#include <wctype.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

#include "cache/digester.hpp"
#include "outmap/error.hpp"

namespace outmap::archive {
namespace {

constexpr std::size_t suffix_digits = 16;

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return lower(c); });
  return out;
}

// Octets of the character that `text` starts with, 1 for an octet that is no character.
std::size_t character_octets(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t octets = lead < 0xc2 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 1;
  if (octets > text.size()) return 1;
  for (std::size_t i = 1; i < octets; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 1;
  }
  return octets;
}

// Of a whole character of character_octets() octets.
std::uint32_t code_point(std::string_view character) {
  const auto lead = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return lead;
  std::uint32_t value = lead & (0xffu >> (character.size() + 1));
  for (const char c : character.substr(1)) value = value << 6 | (static_cast<unsigned char>(c) & 0x3fu);
  return value;
}

void append_utf8(std::string& out, std::uint32_t c) {
  const auto put = [&](std::uint32_t octet) { out += static_cast<char>(octet); };
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xc0 | c >> 6);
  } else {
    if (c < 0x10000) {
      put(0xe0 | c >> 12);
    } else {
      put(0xf0 | c >> 18);
      put(0x80 | (c >> 12 & 0x3f));
    }
    put(0x80 | (c >> 6 & 0x3f));
  }
  put(0x80 | (c & 0x3f));
}

bool combines(std::uint32_t c) {
  return (c >= 0x300 && c <= 0x36f) || (c >= 0x1ab0 && c <= 0x1aff) || (c >= 0x1dc0 && c <= 0x1dff) ||
         (c >= 0x20d0 && c <= 0x20ff) || c == 0x3099 || c == 0x309a || (c >= 0xfe20 && c <= 0xfe2f);
}

bool must_escape(std::string_view character) {
  constexpr std::string_view reserved = "/\\:*?\"<>|%";
  if (character.size() == 1 && reserved.find(character[0]) != std::string_view::npos) return true;
  return combines(code_point(character)) || printable(character) != character;
}

void append_escaped(std::string& out, std::string_view octets) {
  constexpr char digits[] = "0123456789ABCDEF";
  for (const char c : octets) {
    out += '%';
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
}

bool is_device_name(std::string_view component) {
  auto stem = component.substr(0, component.find('.'));
  while (stem.ends_with(' ')) stem.remove_suffix(1);
  const auto name = lower(stem);
  constexpr std::array<std::string_view, 6> whole = {"con", "prn", "aux", "nul", "conin$", "conout$"};
  if (std::find(whole.begin(), whole.end(), name) != whole.end()) return true;
  if (!name.starts_with("com") && !name.starts_with("lpt")) return false;
  const auto number = std::string_view(name).substr(3);
  return (number.size() == 1 && number[0] >= '0' && number[0] <= '9') || number == "\u00b9" || number == "\u00b2" ||
         number == "\u00b3";
}

bool is_taken_by_others(std::string_view component) {
  const auto name = lower(component);
  return name == "cur" || name == "new" || name == "tmp" || name.ends_with(".eml") || is_device_name(component);
}

int hex_value(char c) { return c <= '9' ? c - '0' : lower(c) - 'a' + 10; }

struct free_locale {
  using pointer = locale_t;
  void operator()(locale_t l) const noexcept { freelocale(l); }
};

}  // namespace

std::string local_name(std::string_view component) {
  if (component.empty()) return "%";
  std::string out;
  std::size_t room_for_suffix = 0;  // the longest beginning of whole characters that leaves it
  const std::size_t digest_tilde =
      has_digest_suffix(component) ? component.size() - suffix_digits - 1 : std::string_view::npos;
  for (std::size_t at = 0; at < component.size();) {
    const auto character = component.substr(at, character_octets(component.substr(at)));
    const bool first = at == 0;
    const bool last = at + character.size() == component.size();
    const bool escape = must_escape(character) || (first && (character == "." || is_taken_by_others(component))) ||
                        (last && (character == "." || character == " ")) || at == digest_tilde;
    if (escape) {
      append_escaped(out, character);
    } else {
      out += character;
    }
    at += character.size();
    if (out.size() + 1 + suffix_digits <= local_name_octets) room_for_suffix = out.size();
    if (out.size() > local_name_octets) {
      out.resize(room_for_suffix);
      return out + digest_suffix(component);
    }
  }
  return out;
}

std::string component_of(std::string_view local) {
  std::string out;
  for (std::size_t at = 0; at < local.size(); ++at) {
    const bool escaped = local[at] == '%' && at + 2 < local.size() && is_hex(local[at + 1]) && is_hex(local[at + 2]);
    out += escaped ? static_cast<char>(hex_value(local[at + 1]) * 16 + hex_value(local[at + 2])) : local[at];
    if (escaped) at += 2;
  }
  return local_name(out) == local ? out : std::string(local);
}

bool has_digest_suffix(std::string_view name) {
  if (name.size() <= suffix_digits) return false;
  const auto end = name.substr(name.size() - suffix_digits - 1);
  return end[0] == '~' && std::all_of(end.begin() + 1, end.end(), is_hex);
}

std::string digest_suffix(std::string_view text) {
  const auto sum = cache::digester().of(text);
  return "~" + (sum ? cache::to_hex(*sum).substr(0, suffix_digits) : std::string(suffix_digits, '0'));
}

std::string case_key(std::string_view name) {
  // A locale object of our own; the process's locale plays no part. Without it only ASCII is folded.
  const std::unique_ptr<locale_t, free_locale> unicode(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr));
  std::string out;
  while (!name.empty()) {
    const auto character = name.substr(0, character_octets(name));
    name.remove_prefix(character.size());
    if (character.size() == 1 || !unicode) {
      std::transform(character.begin(), character.end(), std::back_inserter(out), [](char c) { return lower(c); });
      continue;
    }
    // Through the capital: two small letters may share one (sigma and its final form).
    const auto capital = towupper_l(static_cast<wint_t>(code_point(character)), unicode.get());
    append_utf8(out, static_cast<std::uint32_t>(towlower_l(capital, unicode.get())));
  }
  return out;
}

}  // namespace outmap::archive
