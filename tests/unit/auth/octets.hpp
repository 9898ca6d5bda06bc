// Octets written as hexadecimal digits, and random octets that are not random.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "auth/sasl_mechanism.hpp"

namespace auth_test {

/// White space between octets is skipped.
inline std::string from_hex(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c != ' ' && c != '\n') digits.push_back(c);
  }
  if (digits.size() % 2 != 0) throw std::invalid_argument("odd number of digits");
  std::string out;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    out.push_back(static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  }
  return out;
}

inline std::string to_hex(std::string_view octets) {
  std::string out;
  for (const char c : octets) {
    const auto octet = static_cast<unsigned char>(c);
    out.push_back("0123456789abcdef"[octet >> 4U]);
    out.push_back("0123456789abcdef"[octet & 0x0fU]);
  }
  return out;
}

template <std::size_t N>
std::array<unsigned char, N> array_from_hex(std::string_view text) {
  const auto octets = from_hex(text);
  if (octets.size() != N) throw std::invalid_argument("wrong number of octets");
  std::array<unsigned char, N> out{};
  std::copy(octets.begin(), octets.end(), out.begin());
  return out;
}

/// Gives the same octets each time, over and over.
inline outmap::auth::random_source fixed_random(std::string octets) {
  return [octets](std::span<unsigned char> out) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<unsigned char>(octets[i % octets.size()]);
  };
}

/// UTF-16LE of ASCII.
inline std::string wide(std::string_view ascii) {
  std::string out;
  for (const char c : ascii) out.append({c, '\0'});
  return out;
}

}  // namespace auth_test
