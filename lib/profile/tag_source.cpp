#include "profile/tag_source.hpp"

#include <array>

namespace outmap::profile {
namespace {

constexpr std::size_t length = 4;
constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";

}  // namespace

bool tag_source::could_be_ours(std::string_view tag) {
  return tag.size() == length && tag.find_first_not_of(alphabet) == std::string_view::npos;
}

std::string tag_source::next() {
  // 252 is the largest multiple of 36 in an octet: larger draws would favour the front of the alphabet.
  constexpr unsigned char fair = 252;
  std::string tag;
  while (tag.size() < length) {
    std::array<unsigned char, 8> draw{};
    random_(draw);
    for (const auto octet : draw) {
      if (octet < fair && tag.size() < length) tag += alphabet[octet % alphabet.size()];
    }
  }
  return tag;
}

}  // namespace outmap::profile
