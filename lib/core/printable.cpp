#include <array>
#include <cstdint>

#include "outmap/error.hpp"

namespace outmap {
namespace {

struct code_point {
  std::uint32_t value = 0;
  std::size_t octets = 0;  // 0: not valid UTF-8
};

code_point decode(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto lead = at(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t octets = lead >= 0xf0 && lead < 0xf5 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead >= 0xf5 || text.size() < octets) return {};
  std::uint32_t value = lead & (0xffu >> (octets + 1));
  for (std::size_t i = 1; i < octets; ++i) {
    if ((at(i) & 0xc0) != 0x80) return {};
    value = value << 6 | (at(i) & 0x3fu);
  }
  constexpr std::array<std::uint32_t, 5> smallest = {0, 0, 0x80, 0x800, 0x10000};
  if (value < smallest[octets] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) return {};
  return {value, octets};
}

// Characters that move the cursor, hide text or change its direction.
bool deceives(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || c == 0x180e ||
         (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
         (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe0fff);
}

void append_hex(std::string& out, std::uint32_t value, int least_digits) {
  constexpr char digits[] = "0123456789abcdef";
  int shift = 28;
  while (shift > 4 * (least_digits - 1) && (value >> shift) == 0) shift -= 4;
  for (; shift >= 0; shift -= 4) out += digits[value >> shift & 15u];
}

}  // namespace

std::string printable(std::string_view text, std::size_t max_octets) {
  const bool cut = text.size() > max_octets;
  if (cut) text = text.substr(0, max_octets);
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto c = decode(text);
    if (c.octets == 0 || (c.octets == 1 && deceives(c.value))) {
      out += "\\x";
      append_hex(out, static_cast<unsigned char>(text[0]), 2);
      text.remove_prefix(1);
    } else {
      if (deceives(c.value)) {
        out += "\\u{";
        append_hex(out, c.value, 1);
        out += '}';
      } else {
        out += text.substr(0, c.octets);
      }
      text.remove_prefix(c.octets);
    }
  }
  if (cut) out += "…";
  return out;
}

}  // namespace outmap
