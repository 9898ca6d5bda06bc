#include "wire/modified_utf7.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace outmap::wire {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

constexpr bool stands_for_itself(std::uint32_t c) { return c >= 0x20 && c <= 0x7e; }
constexpr bool is_high_surrogate(std::uint32_t unit) { return unit >= 0xd800 && unit < 0xdc00; }
constexpr bool is_low_surrogate(std::uint32_t unit) { return unit >= 0xdc00 && unit < 0xe000; }

tl::unexpected<error> not_decodable(const char* why, std::size_t at) {
  return fail(errc::malformed_response, std::string("mailbox name: ") + why + " at octet " + std::to_string(at));
}

// Takes one character off the front of `text`; nothing if it is no valid UTF-8 (overlong forms and surrogates are not).
bool take_utf8(std::string_view& text, std::uint32_t& out) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t octets = lead < 0x80 ? 1 : lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
  if (octets == 0 || text.size() < octets) return false;
  out = octets == 1 ? lead : lead & (0xffu >> (octets + 1));
  for (std::size_t i = 1; i < octets; ++i) {
    const auto octet = static_cast<unsigned char>(text[i]);
    if ((octet & 0xc0) != 0x80) return false;
    out = out << 6 | (octet & 0x3fu);
  }
  constexpr std::array<std::uint32_t, 5> smallest = {0, 0, 0x80, 0x800, 0x10000};
  if (out < smallest[octets] || out > 0x10ffff || (out >= 0xd800 && out < 0xe000)) return false;
  text.remove_prefix(octets);
  return true;
}

void append_utf8(std::string& out, std::uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
    return;
  }
  const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  constexpr std::array<unsigned, 4> lead = {0, 0xc0, 0xe0, 0xf0};
  out += static_cast<char>(lead[static_cast<std::size_t>(more)] | c >> (6 * more));
  for (int shift = 6 * (more - 1); shift >= 0; shift -= 6) out += static_cast<char>(0x80 | (c >> shift & 0x3f));
}

// UTF-16 in base64 without padding, between "&" and "-".
std::string shifted(const std::vector<std::uint16_t>& units) {
  std::string out = "&";
  std::uint32_t bits = 0;
  int held = 0;
  for (const auto unit : units) {
    bits = bits << 16 | unit;
    for (held += 16; held >= 6; held -= 6) out += alphabet[bits >> (held - 6) & 63u];
    bits &= (1u << held) - 1;
  }
  if (held > 0) out += alphabet[bits << (6 - held) & 63u];
  return out + '-';
}

// Base64 to UTF-16. The bits that are left over must be fewer than six, and zero.
bool units_of(std::string_view base64, std::vector<std::uint16_t>& out) {
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : base64) {
    const auto value = alphabet.find(c);
    if (value == std::string_view::npos) return false;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 16) continue;
    held -= 16;
    out.push_back(static_cast<std::uint16_t>(bits >> held));
    bits &= (1u << held) - 1;
  }
  return held < 6 && bits == 0;
}

bool append_units(std::string& out, const std::vector<std::uint16_t>& units) {
  for (std::size_t i = 0; i < units.size(); ++i) {
    std::uint32_t c = units[i];
    if (is_low_surrogate(c) || stands_for_itself(c)) return false;
    if (is_high_surrogate(c)) {
      if (i + 1 == units.size() || !is_low_surrogate(units[i + 1])) return false;
      c = 0x10000 + ((c - 0xd800) << 10) + (units[++i] - 0xdc00u);
    }
    append_utf8(out, c);
  }
  return true;
}

}  // namespace

result<std::string> encode_modified_utf7(std::string_view utf8) {
  std::string out;
  std::vector<std::uint16_t> units;
  const auto flush = [&] {
    if (!units.empty()) out += shifted(units);
    units.clear();
  };
  const auto whole = utf8.size();
  while (!utf8.empty()) {
    std::uint32_t c = 0;
    const auto at = std::to_string(whole - utf8.size());
    if (!take_utf8(utf8, c)) return fail(errc::unencodable, "mailbox name: invalid UTF-8 at octet " + at);
    if (c < 0x20 || c == 0x7f) return fail(errc::unencodable, "mailbox name: a control character at octet " + at + " (OIMAP-V0018)");
    if (stands_for_itself(c)) {
      flush();
      out += static_cast<char>(c);
      if (c == '&') out += '-';
    } else if (c >= 0x10000) {
      units.push_back(static_cast<std::uint16_t>(0xd800 + ((c - 0x10000) >> 10)));
      units.push_back(static_cast<std::uint16_t>(0xdc00 + ((c - 0x10000) & 0x3ff)));
    } else {
      units.push_back(static_cast<std::uint16_t>(c));
    }
  }
  flush();
  return out;
}

result<std::string> decode_modified_utf7(std::string_view wire) {
  std::string out;
  bool after_shift = false;
  for (std::size_t i = 0; i < wire.size(); ++i) {
    if (!stands_for_itself(static_cast<unsigned char>(wire[i]))) return not_decodable("an octet that is no printable ASCII", i);
    if (wire[i] != '&') {
      out += wire[i];
      after_shift = false;
      continue;
    }
    const auto end = wire.find('-', i);
    if (end == std::string_view::npos) return not_decodable("a shift that is not closed", i);
    const auto base64 = wire.substr(i + 1, end - i - 1);
    if (base64.empty()) {
      out += '&';
      after_shift = false;
    } else {
      // Two shifts in a row are one shift written twice (RFC 3501 5.1.3: no superfluous shifts).
      if (after_shift) return not_decodable("a superfluous shift", i);
      std::vector<std::uint16_t> units;
      if (!units_of(base64, units)) return not_decodable("bad base64", i);
      if (!append_units(out, units)) return not_decodable("a character that may not be shifted", i);
      after_shift = true;
    }
    i = end;
  }
  return out;
}

std::string display_name(std::string_view wire) {
  auto decoded = decode_modified_utf7(wire);
  return decoded ? std::move(*decoded) : std::string(wire);
}

}  // namespace outmap::wire
