#include "profile/tag_source.hpp"

#include <array>

namespace outmap::profile {
namespace {

constexpr std::size_t length = 4;
constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::size_t all = tag_source::before_anew * 2;
static_assert(alphabet.size() * alphabet.size() * alphabet.size() * alphabet.size() == all);

}  // namespace

bool tag_source::could_be_ours(std::string_view tag) {
  return tag.size() == length && tag.find_first_not_of(alphabet) == std::string_view::npos;
}

std::string tag_source::next() {
  if (count_ % before_anew == 0) drawn_.assign(all, false);
  ++count_;
  // At least half are free, so the next free one is near, whatever the source gives.
  auto number = draw();
  while (drawn_[number]) number = (number + 1) % all;
  drawn_[number] = true;
  std::string tag;
  for (std::size_t i = 0; i < length; ++i, number /= alphabet.size()) tag += alphabet[number % alphabet.size()];
  return tag;
}

std::size_t tag_source::draw() {
  // 252 is the largest multiple of 36 in an octet: larger draws would favour the front of the alphabet.
  constexpr unsigned char fair = 252;
  std::size_t number = 0;
  std::size_t place = 1;
  while (place < all) {
    std::array<unsigned char, 8> octets{};
    random_(octets);
    for (const auto octet : octets) {
      if (octet >= fair || place == all) continue;
      number += octet % alphabet.size() * place;
      place *= alphabet.size();
    }
  }
  return number;
}

}  // namespace outmap::profile
