#include "ascii.hpp"

#include <algorithm>

namespace outmap::exchange {

std::string upper_cased(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), upper);
  return result;
}

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return upper(x) == upper(y); });
}

}  // namespace outmap::exchange
