#include "cache/records.hpp"

namespace outmap::cache {

std::string to_hex(const digest& d) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  out.reserve(2 * d.size());
  for (const auto octet : d) {
    out += digits[octet >> 4];
    out += digits[octet & 15];
  }
  return out;
}

}  // namespace outmap::cache
