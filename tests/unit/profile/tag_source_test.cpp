#include "profile/tag_source.hpp"

#include <doctest/doctest.h>

#include <random>
#include <set>

using namespace outmap::profile;

namespace {

random_source seeded(unsigned seed) {
  return [engine = std::mt19937(seed)](std::span<unsigned char> out) mutable {
    for (auto& octet : out) octet = static_cast<unsigned char>(engine());
  };
}

}  // namespace

TEST_CASE("OIMAP-C0001 a tag is four characters of a-z and 0-9, drawn at random") {
  tag_source a(seeded(1));
  tag_source b(seeded(2));
  std::set<char> met;
  bool differ = false;
  for (int i = 0; i < 2000; ++i) {
    const auto tag = a.next();
    REQUIRE(tag.size() == 4);
    for (const char c : tag) {
      const bool in_alphabet = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
      REQUIRE(in_alphabet);
      met.insert(c);
    }
    differ = differ || tag != b.next();
  }
  CHECK(met.size() == 36);
  CHECK(differ);
}
