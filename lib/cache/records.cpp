#include "cache/records.hpp"

#include <algorithm>

namespace outmap::cache {
namespace {

int value_of(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return -1;
}

}  // namespace

std::string to_hex(std::string_view octets) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  out.reserve(2 * octets.size());
  for (const char c : octets) {
    const auto octet = static_cast<unsigned char>(c);
    out += digits[octet >> 4];
    out += digits[octet & 15];
  }
  return out;
}

std::string to_hex(const digest& d) {
  return to_hex(std::string_view(reinterpret_cast<const char*>(d.data()), d.size()));
}

std::optional<std::string> octets_from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = value_of(text[i]);
    const int low = value_of(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high << 4 | low);
  }
  return out;
}

std::optional<digest> digest_from_hex(std::string_view text) {
  digest out{};
  const auto octets = octets_from_hex(text);
  if (!octets || octets->size() != out.size()) return std::nullopt;
  std::copy(octets->begin(), octets->end(), out.begin());
  return out;
}

}  // namespace outmap::cache
