#include "auth/unicode.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace outmap::auth {
namespace {

// RFC 3629 section 4. Takes one character off the front; nothing when the octets there are not UTF-8.
std::optional<char32_t> take_character(std::string_view& rest) {
  const auto octet = [&rest](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
  const unsigned lead = octet(0);
  if (lead < 0x80) {
    rest.remove_prefix(1);
    return lead;
  }
  std::size_t length = 0;
  char32_t character = 0;
  char32_t least = 0;
  if ((lead & 0xe0U) == 0xc0) {
    length = 2, character = lead & 0x1fU, least = 0x80;
  } else if ((lead & 0xf0U) == 0xe0) {
    length = 3, character = lead & 0x0fU, least = 0x800;
  } else if ((lead & 0xf8U) == 0xf0) {
    length = 4, character = lead & 0x07U, least = 0x10000;
  } else {
    return std::nullopt;
  }
  if (rest.size() < length) return std::nullopt;
  for (std::size_t i = 1; i < length; ++i) {
    if ((octet(i) & 0xc0U) != 0x80) return std::nullopt;
    character = (character << 6U) | (octet(i) & 0x3fU);
  }
  const bool surrogate = character >= 0xd800 && character <= 0xdfff;
  if (character < least || character > 0x10ffff || surrogate) return std::nullopt;
  rest.remove_prefix(length);
  return character;
}

void append_unit(std::string& out, char32_t unit) {
  out.push_back(static_cast<char>(unit & 0xffU));
  out.push_back(static_cast<char>((unit >> 8U) & 0xffU));
}

tl::unexpected<error> not_utf8(std::string_view what) {
  return fail(errc::invalid_argument, std::string(what) + ": not UTF-8");
}

// A range of lower-case letters, each `offset` above its capital. Where the two alternate, `first` and every second
// letter after it are the small ones.
struct case_range {
  std::uint16_t first;
  std::uint16_t last;
  std::int16_t offset;
  std::uint8_t alternating;
};

constexpr case_range case_ranges[] = {
    {0x0061, 0x007a, 32, 0},    // ASCII
    {0x00e0, 0x00f6, 32, 0},    // Latin-1 up to the division sign
    {0x00f8, 0x00fe, 32, 0},    // Latin-1 after it
    {0x00ff, 0x00ff, -121, 0},  // y with diaeresis
    {0x0101, 0x012f, 1, 1},     // Latin Extended-A
    {0x0133, 0x0137, 1, 1},     //
    {0x013a, 0x0148, 1, 1},     //
    {0x014b, 0x0177, 1, 1},     //
    {0x017a, 0x017e, 1, 1},     //
    {0x01a1, 0x01a5, 1, 1},     // Latin Extended-B: Vietnamese, Pinyin, Romanian and the like
    {0x01b0, 0x01b0, 1, 0},     //
    {0x01ce, 0x01dc, 1, 1},     //
    {0x01df, 0x01ef, 1, 1},     //
    {0x01f9, 0x021f, 1, 1},     //
    {0x0223, 0x0233, 1, 1},     //
    {0x03ac, 0x03ac, 38, 0},    // Greek with tonos
    {0x03ad, 0x03af, 37, 0},    //
    {0x03b1, 0x03c1, 32, 0},    // Greek
    {0x03c2, 0x03c2, 31, 0},    // final sigma
    {0x03c3, 0x03cb, 32, 0},    //
    {0x03cc, 0x03cc, 64, 0},    //
    {0x03cd, 0x03ce, 63, 0},    //
    {0x0430, 0x044f, 32, 0},    // Cyrillic
    {0x0450, 0x045f, 80, 0},    //
    {0x0461, 0x0481, 1, 1},     //
    {0x048b, 0x04bf, 1, 1},     //
    {0x04c2, 0x04ce, 1, 1},     //
    {0x04d1, 0x052f, 1, 1},     //
    {0x0561, 0x0586, 48, 0},    // Armenian
    {0x1e01, 0x1e95, 1, 1},     // Latin Extended Additional: Welsh, Vietnamese
    {0x1ea1, 0x1eff, 1, 1},     //
};

std::uint16_t upper_case(std::uint16_t unit) {
  const auto* range = std::find_if(std::begin(case_ranges), std::end(case_ranges),
                                   [unit](const case_range& r) { return unit >= r.first && unit <= r.last; });
  if (range == std::end(case_ranges)) return unit;
  if (range->alternating != 0 && (unit - range->first) % 2 != 0) return unit;
  return static_cast<std::uint16_t>(unit - range->offset);
}

}  // namespace

result<void> append_utf16le(std::string& out, std::string_view utf8, std::string_view what) {
  out.reserve(out.size() + 2 * utf8.size());
  while (!utf8.empty()) {
    const auto character = take_character(utf8);
    if (!character) return not_utf8(what);
    if (*character < 0x10000) {
      append_unit(out, *character);
    } else {
      const char32_t above = *character - 0x10000;
      append_unit(out, 0xd800 + (above >> 10U));
      append_unit(out, 0xdc00 + (above & 0x3ffU));
    }
  }
  return {};
}

result<std::string> utf16le_from_utf8(std::string_view utf8, std::string_view what) {
  std::string out;
  if (auto done = append_utf16le(out, utf8, what); !done) return tl::unexpected(done.error());
  return out;
}

result<bool> append_latin1(std::string& out, std::string_view utf8, std::string_view what) {
  const std::size_t before = out.size();
  out.reserve(before + utf8.size());
  bool fits = true;
  while (!utf8.empty()) {
    const auto character = take_character(utf8);
    if (!character) return not_utf8(what);
    fits = fits && *character <= 0xff;
    if (fits) out.push_back(static_cast<char>(*character));
  }
  if (!fits) out.resize(before);
  return fits;
}

std::string upper_case_utf16le(std::string_view utf16le) {
  std::string out;
  out.reserve(utf16le.size());
  for (std::size_t i = 0; i + 1 < utf16le.size(); i += 2) {
    const auto low = static_cast<unsigned char>(utf16le[i]);
    const auto high = static_cast<unsigned char>(utf16le[i + 1]);
    append_unit(out, upper_case(static_cast<std::uint16_t>(low | (high << 8U))));
  }
  return out;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace outmap::auth
