#include "session/back_off.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace outmap::session {

std::chrono::milliseconds back_off::next(clock::time_point now, std::chrono::milliseconds wish) {
  if (std::exchange(connected_, false) && now - since_ >= stable) reset();
  auto most = shortest;
  for (unsigned i = 0; i < failures_ && most < longest; ++i) most *= 2;
  most = std::min(most, longest);
  failures_ = std::min(failures_ + 1, 32u);
  std::array<unsigned char, 4> octets{};
  random_(octets);
  std::uint32_t drawn = 0;
  for (const auto o : octets) drawn = drawn << 8 | o;
  const auto half = most / 2;
  const auto wait = half + std::chrono::milliseconds(drawn % static_cast<std::uint32_t>(half.count() + 1));
  return std::max(wait, std::min(wish, longest_wish));
}

}  // namespace outmap::session
