#include "profile/tag_source.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

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

TEST_CASE("XIMAP-V0001 no tag comes twice: of some hundred that were drawn at random, two were equal too often") {
  tag_source source(seeded(3));
  std::set<std::string> met;
  for (int i = 0; i < 100'000; ++i) REQUIRE(met.insert(source.next()).second);
}

TEST_CASE("XIMAP-V0001 no tag comes twice from a source that always says the same, nor do tags run out") {
  tag_source source([](std::span<unsigned char> out) { std::fill(out.begin(), out.end(), 35); });
  std::set<std::string> met;
  for (int i = 0; i < 1000; ++i) {
    const auto tag = source.next();
    REQUIRE(tag_source::could_be_ours(tag));
    REQUIRE(met.insert(tag).second);
  }
  tag_source many(seeded(4));
  std::vector<bool> seen;
  const auto number = [](const std::string& tag) {
    std::size_t out = 0;
    for (const char c : tag) out = out * 36 + static_cast<std::size_t>(c >= 'a' ? c - 'a' : c - '0' + 26);
    return out;
  };
  for (int round = 0; round < 2; ++round) {
    seen.assign(2 * tag_source::before_anew, false);
    bool twice = false;
    for (std::size_t i = 0; i < tag_source::before_anew; ++i) {
      const auto at = number(many.next());
      twice = twice || seen[at];
      seen[at] = true;
    }
    CHECK_FALSE(twice);
  }
}
