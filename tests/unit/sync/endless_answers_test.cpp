// Answers without end: what is gathered of them is bounded.
#include <doctest/doctest.h>

#include <string>

#include "sync/collectors.hpp"
#include "sync/folder_listing.hpp"
#include "sync/mailbox_view.hpp"
#include "sync/scan_merge.hpp"

using namespace outmap;
using namespace outmap::sync;

namespace {

wire::response line(std::uint32_t number, std::uint32_t which, const std::string& keywords = {}) {
  wire::fetch_data out;
  out.number = {number};
  if (which != 0) out.uid = uid{which};
  out.flags = flag_set();
  out.flags->set_keywords(keywords);
  return out;
}

scan_merge empty_cache() {
  return {[] { return result<std::vector<cache::listed_page>>(); },
          [](uid, std::size_t) { return result<std::vector<cache::message_state>>(); }, [](uid, flag_set&&) {}};
}

}  // namespace

TEST_CASE("keywords of lines out of order are held up to a bound") {
  auto merge = empty_cache();
  flag_set flags;
  flags.add_keyword(std::string(100'000, 'k'));
  for (std::size_t i = 0; i <= scan_merge::most_late_octets / 100'000 + 2; ++i) {
    auto now = flags;
    merge.add(uid{1}, std::move(now));
  }
  const auto done = merge.finish();
  REQUIRE_FALSE(done);
  CHECK(done.error().code == errc::limit_exceeded);
}

TEST_CASE("a listing of more lines than the mailbox can have is refused") {
  for (const std::uint32_t exists : {0U, 10U}) {
    message_count count;
    count.begin(exists);
    auto merge = empty_cache();
    listing_collector lines(count, merge, uid{0});
    const auto most = 2 * exists + static_cast<std::uint32_t>(listing_collector::most_surplus);
    for (std::uint32_t i = 1; i <= most; ++i) {
      auto one = line(1, i);
      lines.on_data(one);
    }
    auto last = line(1, most + 1);
    lines.on_data(last);
    const auto done = merge.finish();
    REQUIRE_FALSE(done);
    CHECK(done.error().code == errc::limit_exceeded);
    CHECK(done.error().reach == scope::folder);
  }
}

TEST_CASE("flags that nobody asked for are gathered up to a bound, and then the mailbox is in doubt") {
  mailbox_view view;
  view.begin_selection();
  view.take(wire::exists_data{1}, false);
  view.end_selection();
  view.take(line(1, 10), false);
  REQUIRE(view.settled());
  const auto told = line(1, 0, std::string(100'000, 'k'));
  for (std::size_t i = 0; i < mailbox_view::most_told / 100'000 - 1; ++i) view.take(told, true);
  CHECK_FALSE(view.in_doubt());
  for (int i = 0; i < 3; ++i) view.take(told, true);
  CHECK(view.in_doubt());
  CHECK(view.take_flags().empty());
  // A look in between makes room.
  view.begin_selection();
  view.take(wire::exists_data{1}, false);
  view.end_selection();
  view.take(line(1, 10), false);
  for (std::size_t i = 0; i < 3 * mailbox_view::most_told / 100'000; ++i) {
    view.take(told, true);
    static_cast<void>(view.take_flags());
  }
  CHECK_FALSE(view.in_doubt());
}

TEST_CASE("names of mailboxes are held up to a bound, however few they are") {
  const limits bounds;
  folder_merger merger(bounds, folder_mode::all, {});
  for (int i = 0; i < 30; ++i) {
    wire::list_data data;
    data.mailbox = mailbox_name(std::to_string(i) + std::string(1'000'000, 'm'));
    wire::response answer = data;
    merger.on_data(answer);
  }
  CHECK(merger.overflowed());
  CHECK(merger.take().size() < 20);
}
