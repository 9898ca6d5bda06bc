#include "profile/tag_source.hpp"

#include <array>

namespace outmap::profile {

std::string tag_source::next() {
  constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
  // 252 is the largest multiple of 36 in an octet: larger draws would favour the front of the alphabet.
  constexpr unsigned char fair = 252;
  std::string tag;
  while (tag.size() < 4) {
    std::array<unsigned char, 8> draw{};
    random_(draw);
    for (const auto octet : draw) {
      if (octet < fair && tag.size() < 4) tag += alphabet[octet % alphabet.size()];
    }
  }
  return tag;
}

}  // namespace outmap::profile
