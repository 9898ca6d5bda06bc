// Numbers as NTLM writes them: least significant octet first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace outmap::auth {

/// `octets` must hold sizeof(Number) octets from `offset` on: the caller has checked.
template <class Number>
[[nodiscard]] Number read_le(std::string_view octets, std::size_t offset) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    value |= std::uint64_t{static_cast<unsigned char>(octets[offset + i])} << (8 * i);
  }
  return static_cast<Number>(value);
}

template <class Number>
void append_le(std::string& out, Number value) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    out.push_back(static_cast<char>((std::uint64_t{value} >> (8 * i)) & 0xffU));
  }
}

}  // namespace outmap::auth
