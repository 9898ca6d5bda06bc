// Letters without regard to case, ASCII only, as IMAP compares its own words.
#pragma once

#include <string>
#include <string_view>

namespace outmap::exchange {

constexpr char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::string upper_cased(std::string_view text);
bool same_word(std::string_view a, std::string_view b);

}  // namespace outmap::exchange
