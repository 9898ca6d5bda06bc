#include "sync/mailbox_view.hpp"

#include <doctest/doctest.h>

using namespace outmap;
using sync::mailbox_view;

namespace {

wire::response exists(std::uint32_t n) { return wire::exists_data{n}; }
wire::response expunge(std::uint32_t n) { return wire::expunge_data{{n}}; }
wire::response line(std::uint32_t number, std::uint32_t which, std::optional<flag_set> flags = flag_set()) {
  wire::fetch_data out;
  out.number = {number};
  if (which != 0) out.uid = uid{which};
  out.flags = std::move(flags);
  return out;
}

// UIDs 10, 20, … 10 n.
mailbox_view view_of(std::uint32_t n) {
  mailbox_view out;
  out.begin_selection();
  out.take(exists(n), false);
  out.end_selection();
  for (std::uint32_t i = 1; i <= n; ++i) out.take(line(i, i * 10), false);
  REQUIRE(out.settled());
  return out;
}

std::string gone(mailbox_view& view) { return view.take_gone().to_string(); }

}  // namespace

TEST_CASE("OIMAP-V0001 EXPUNGE is told by UID, and the numbers behind it go down") {
  auto view = view_of(5);
  view.take(expunge(2), true);
  view.take(expunge(2), true);
  view.take(expunge(3), true);
  CHECK(gone(view) == "20,30,50");
  CHECK(view.exists() == 2);
  CHECK_FALSE(view.in_doubt());
}

TEST_CASE("flags are told with and without a UID, and only those that nobody asked for") {
  auto view = view_of(3);
  view.take(line(2, 0, flag_set(1)), true);
  view.take(line(3, 30, flag_set(8)), true);
  view.take(line(1, 10, flag_set(1)), false);
  const auto told = view.take_flags();
  REQUIRE(told.size() == 2);
  CHECK(told[0].which == uid{20});
  CHECK(told[0].flags == flag_set(1));
  CHECK(told[1].which == uid{30});
}

TEST_CASE("what does not add up is doubted, and nothing is believed until the mailbox is opened anew") {
  auto view = view_of(3);
  SUBCASE("EXPUNGE beyond EXISTS") { view.take(expunge(4), true); }
  SUBCASE("EXPUNGE 0") { view.take(expunge(0), true); }
  SUBCASE("EXISTS that falls") { view.take(exists(2), true); }
  SUBCASE("more than can be held") { view.take(exists(4'000'000'000), true); }
  SUBCASE("another UID") { view.take(line(2, 21), true); }
  SUBCASE("a number that is not there") { view.take(line(4, 40), true); }
  CHECK(view.in_doubt());
  view.take(exists(9), true);
  view.take(expunge(1), true);
  CHECK_FALSE(view.arrivals());
  CHECK(gone(view).empty());
  view.begin_selection();
  CHECK_FALSE(view.in_doubt());
}

TEST_CASE("a message that came and went before anybody listed it is no reason for doubt") {
  auto view = view_of(2);
  view.take(exists(4), true);
  CHECK(view.take_arrivals());
  CHECK_FALSE(view.take_arrivals());
  view.take(expunge(3), true);
  view.take(expunge(1), true);
  CHECK_FALSE(view.in_doubt());
  CHECK(view.exists() == 2);
  CHECK(gone(view) == "10");
}

TEST_CASE("the cache fills in what a short listing has not told, if it fits") {
  mailbox_view view;
  view.begin_selection();
  view.take(exists(4), false);
  view.end_selection();
  view.take(line(4, 40), false);
  CHECK_FALSE(view.settled());
  SUBCASE("it fits") {
    const uid cached[] = {{10}, {20}, {30}, {40}};
    view.settle(cached);
    CHECK_FALSE(view.in_doubt());
    view.take(expunge(2), true);
    CHECK(gone(view) == "20");
  }
  SUBCASE("one more than there are") {
    const uid cached[] = {{10}, {20}, {30}, {35}, {40}};
    view.settle(cached);
    CHECK(view.in_doubt());
  }
  SUBCASE("another one at the end") {
    const uid cached[] = {{10}, {20}, {30}, {39}};
    view.settle(cached);
    CHECK(view.in_doubt());
  }
  SUBCASE("an arrival meanwhile stays unknown") {
    const uid cached[] = {{10}, {20}, {30}, {40}};
    view.take(exists(5), false);
    view.settle(cached);
    CHECK_FALSE(view.in_doubt());
    CHECK(view.arrivals());
  }
}

TEST_CASE("what comes while a SELECT is under way may be about the old selection") {
  auto view = view_of(3);
  view.begin_selection();
  view.take(expunge(3), false);
  view.take(exists(9), false);
  view.take(line(2, 0, flag_set(1)), true);
  view.take(exists(4), false);
  view.end_selection();
  CHECK_FALSE(view.in_doubt());
  CHECK(view.exists() == 4);
  CHECK_FALSE(view.arrivals());
  CHECK(view.take_flags().empty());
}
