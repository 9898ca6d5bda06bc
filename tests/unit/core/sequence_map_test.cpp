#include "core/sequence_map.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <random>

using namespace outmap;

namespace {

std::vector<uid> uids(std::initializer_list<std::uint32_t> values) {
  std::vector<uid> out;
  for (const auto v : values) out.push_back(uid{v});
  return out;
}

// What a sequence_map must equal: a plain list of UIDs, 0 where unknown.
class model {
 public:
  bool exists(std::uint32_t count) {
    if (count < all_.size() || count > most) return false;
    all_.resize(count);
    return true;
  }
  bool learn(std::uint32_t number, std::uint32_t which) {
    if (number == 0 || number > all_.size() || which == 0) return false;
    auto& known = all_[number - 1];
    if (known != 0 && known != which) return false;
    known = which;
    return true;
  }
  std::optional<std::uint32_t> expunge(std::uint32_t number) {
    if (number == 0 || number > all_.size()) return std::nullopt;
    const auto gone = all_[number - 1];
    all_.erase(all_.begin() + (number - 1));
    return gone;
  }
  [[nodiscard]] const std::vector<std::uint32_t>& all() const { return all_; }

  static constexpr std::uint32_t most = 5000;

 private:
  std::vector<std::uint32_t> all_;
};

std::uint32_t value_of(std::optional<uid> which) { return which ? which->value : 0; }

void require_same(const sequence_map& map, const model& expected) {
  RC_ASSERT(map.size() == expected.all().size());
  for (std::uint32_t n = 0; n <= map.size() + 1; ++n) {
    const auto wanted = n >= 1 && n <= map.size() ? expected.all()[n - 1] : 0;
    RC_ASSERT(value_of(map.at({n})) == wanted);
  }
}

}  // namespace

TEST_CASE("an EXPUNGE gives the UID that went and moves the numbers behind it") {
  sequence_map map(100);
  REQUIRE(map.assign(uids({10, 20, 30, 40})));
  CHECK(value_of(map.expunge({2}).value()) == 20);
  CHECK(value_of(map.expunge({2}).value()) == 30);
  CHECK(map.size() == 2);
  CHECK(value_of(map.at({1})) == 10);
  CHECK(value_of(map.at({2})) == 40);
  CHECK_FALSE(map.at({3}));
}

TEST_CASE("a message that EXISTS appends has no UID until it is told") {
  sequence_map map(100);
  REQUIRE(map.assign(uids({10})));
  REQUIRE(map.exists(4));
  CHECK(map.size() == 4);
  CHECK_FALSE(map.at({3}));
  REQUIRE(map.learn({3}, uid{30}));
  CHECK_FALSE(map.at({2}));
  CHECK(value_of(map.at({3})) == 30);
  CHECK_FALSE(map.expunge({2}).value());
  CHECK_FALSE(map.expunge({3}).value());
  CHECK(map.size() == 2);
  CHECK(value_of(map.at({2})) == 30);
}

TEST_CASE("OIMAP-2.1.3 what a server cannot mean is refused and changes nothing") {
  sequence_map map(5);
  const auto code = [](const auto& outcome) { return outcome ? errc{} : outcome.error().code; };
  CHECK(code(map.assign(uids({1, 2, 3, 4, 5, 6}))) == errc::limit_exceeded);
  CHECK(code(map.assign(uids({1, 2, 2}))) == errc::unexpected_response);
  CHECK(code(map.assign(uids({0, 2}))) == errc::unexpected_response);
  CHECK(map.size() == 0);
  REQUIRE(map.assign(uids({10, 20, 30})));
  CHECK(code(map.exists(2)) == errc::unexpected_response);
  CHECK(code(map.exists(6)) == errc::limit_exceeded);
  CHECK(code(map.exists(4294967295u)) == errc::limit_exceeded);
  for (const std::uint32_t number : {0u, 4u, 4294967295u}) {
    CHECK(code(map.expunge({number})) == errc::unexpected_response);
    CHECK(code(map.learn({number}, uid{77})) == errc::unexpected_response);
    CHECK_FALSE(map.at({number}));
  }
  CHECK(code(map.learn({2}, uid{21})) == errc::unexpected_response);
  CHECK(code(map.learn({2}, uid{0})) == errc::unexpected_response);
  CHECK(map.size() == 3);
  CHECK(value_of(map.at({2})) == 20);
}

TEST_CASE("a sequence map is the plain list of UIDs, whatever is done to it") {
  CHECK(rc::check("same as a list", [] {
    std::mt19937 random(*rc::gen::arbitrary<std::uint32_t>());
    sequence_map map(model::most);
    model expected;
    // More of one kind than of the other for a while, so that the list grows long and shrinks to nothing.
    for (int phase = 0; phase < 4; ++phase) {
      const auto expunges = random() % 100;
      for (int step = 0; step < 1000; ++step) {
        const auto size = static_cast<std::uint32_t>(expected.all().size());
        const auto number = static_cast<std::uint32_t>(random() % (size + 2));
        if (random() % 100 < expunges) {
          const auto gone = map.expunge({number});
          const auto wanted = expected.expunge(number);
          RC_ASSERT(gone.has_value() == wanted.has_value());
          if (gone) RC_ASSERT(value_of(*gone) == *wanted);
        } else if (random() % 2 == 0) {
          const auto count = size + static_cast<std::uint32_t>(random() % 8) - 1;
          RC_ASSERT(map.exists(count).has_value() == expected.exists(count));
        } else {
          const auto which = static_cast<std::uint32_t>(random() % 1000);
          RC_ASSERT(map.learn({number}, uid{which}).has_value() == expected.learn(number, which));
        }
      }
      require_same(map, expected);
    }
  }));
}

TEST_CASE("numbers stay right when far more messages went than are left") {
  sequence_map map(100'000);
  std::vector<uid> all;
  for (std::uint32_t i = 1; i <= 50'000; ++i) all.push_back(uid{2 * i});
  REQUIRE(map.assign(all));
  std::mt19937 random(7);
  while (all.size() > 3) {
    const auto number = static_cast<std::uint32_t>(1 + random() % all.size());
    const auto gone = map.expunge({number});
    REQUIRE(gone);
    REQUIRE(value_of(*gone) == all[number - 1].value);
    all.erase(all.begin() + (number - 1));
  }
  REQUIRE(map.exists(4));
  REQUIRE(map.learn({4}, uid{200'000}));
  CHECK(value_of(map.at({4})) == 200'000);
  for (std::uint32_t n = 1; n <= 3; ++n) CHECK(value_of(map.at({n})) == all[n - 1].value);
}
