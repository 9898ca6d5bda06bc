// What the environment asks a long run for.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

namespace outmap::test {

/// The number in that variable; "all": UINT64_MAX.
inline std::uint64_t asked(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  if (text == nullptr) return otherwise;
  return std::string(text) == "all" ? UINT64_MAX : std::strtoull(text, nullptr, 10);
}

}  // namespace outmap::test
