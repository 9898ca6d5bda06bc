#include "sync/scan_merge.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>

using namespace outmap;
using namespace outmap::sync;

namespace {

flag_set flags(std::uint8_t bits) { return flag_set(bits); }

cache::message_state held(std::uint32_t u, std::uint8_t bits = 0, bool header = true, bool body = true) {
  return {uid{u}, flags(bits), header, body, true};
}

struct planned : folder_plan {
  std::vector<std::pair<uid, flag_set>> changed;
};

// Pages of two, so that every plan here crosses their bounds.
planned plan(const std::vector<cache::message_state>& cached, std::vector<seen_message> seen,
             const std::vector<cache::listed_page>& known = {}) {
  planned out;
  scan_merge merge([&] { return result<std::vector<cache::listed_page>>(known); },
                   [&](uid after, std::size_t) -> result<std::vector<cache::message_state>> {
                     std::vector<cache::message_state> page;
                     for (const auto& m : cached) {
                       if (after < m.uid && page.size() < 2) page.push_back(m);
                     }
                     return page;
                   },
                   [&](uid which, flag_set&& now) { out.changed.emplace_back(which, std::move(now)); });
  for (auto& line : seen) merge.add(line.which, std::move(line.flags));
  auto done = merge.finish();
  REQUIRE_MESSAGE(done, done.error().message());
  static_cast<folder_plan&>(out) = std::move(*done);
  return out;
}

}  // namespace

TEST_CASE("OIMAP-C0002 a second visit to an unchanged folder plans nothing") {
  const auto p = plan({held(1, 1), held(5)}, {{{1}, flags(1)}, {{5}, flags(0)}});
  CHECK(p.new_messages.empty());
  CHECK(p.without_header.empty());
  CHECK(p.without_body.empty());
  CHECK(p.changed.empty());
  CHECK(p.vanished.empty());
}

TEST_CASE("a message that was never told its date is asked about again, and its page is not settled before") {
  auto dateless = held(2);
  dateless.has_date = false;
  const auto p = plan({held(1), dateless, held(40)}, {{{1}, flags(0)}, {{2}, flags(0)}, {{40}, flags(0)}});
  CHECK(p.without_date.to_string() == "2");
  CHECK(p.without_header.empty());
  CHECK(p.without_body.empty());
  REQUIRE(p.settled.size() == 1);
  CHECK(p.settled[0].page == cache::page_of(uid{40}));
}

TEST_CASE("OIMAP-V0023 XIMAP-V0013 new, changed and vanished messages are found") {
  const auto p =
      plan({held(1), held(2), held(3, 1)}, {{{2}, flags(0)}, {{3}, flags(3)}, {{7}, flags(1)}, {{8}, flags(0)}});
  CHECK(p.new_messages.to_string() == "7:8");
  CHECK(p.without_body.to_string() == "7:8");
  CHECK(p.vanished.to_string() == "1");
  REQUIRE(p.changed.size() == 1);
  CHECK(p.changed[0].first == uid{3});
  CHECK(p.changed[0].second == flags(3));
}

TEST_CASE("what an interrupted run left open is planned again") {
  const auto p = plan({held(1, 0, true, false), held(2, 0, false, false), held(3, 0, false, true)},
                      {{{1}, {}}, {{2}, {}}, {{3}, {}}});
  CHECK(p.new_messages.empty());
  CHECK(p.without_header.to_string() == "2:3");
  CHECK(p.without_body.to_string() == "1:2");
}

TEST_CASE("XIMAP-2.1.2 XIMAP-V0004 a revised message is one vanished and one new") {
  const auto p = plan({held(1), held(2)}, {{{1}, {}}, {{3}, {}}});
  CHECK(p.vanished.to_string() == "2");
  CHECK(p.new_messages.to_string() == "3");
}

TEST_CASE("a scan in any order, with a UID twice, counts the last line for it") {
  const auto p = plan({held(1), held(9)}, {{{9}, flags(0)}, {{1}, flags(1)}, {{4}, flags(0)}, {{1}, flags(2)}});
  CHECK(p.new_messages.to_string() == "4");
  REQUIRE(p.changed.size() == 1);
  CHECK(p.changed[0].second == flags(2));
  CHECK(p.listed == 3);
  CHECK(p.vanished.empty());
}

TEST_CASE("a scan whose last line for a UID repeats what is cached leaves it so") {
  const auto p = plan({held(1), held(9)}, {{{1}, flags(1)}, {{9}, flags(0)}, {{1}, flags(0)}});
  REQUIRE(p.changed.size() == 2);
  CHECK(p.changed[1].second == flags(0));
}

TEST_CASE("a cache that cannot be read makes no plan") {
  scan_merge merge(
      [] { return result<std::vector<cache::listed_page>>(); },
      [](uid, std::size_t) -> result<std::vector<cache::message_state>> { return fail(errc::cache_damaged, "x"); },
      [](uid, flag_set&&) {});
  merge.add(uid{1}, flag_set());
  merge.add(uid{2}, flag_set());
  const auto done = merge.finish();
  REQUIRE_FALSE(done);
  CHECK(done.error().code == errc::cache_damaged);
}

TEST_CASE("OIMAP-V0011 lines out of order are held up to a bound only") {
  scan_merge merge([] { return result<std::vector<cache::listed_page>>(); },
                   [](uid, std::size_t) { return result<std::vector<cache::message_state>>(); },
                   [](uid, flag_set&&) {});
  for (std::size_t i = 0; i < scan_merge::most_late + 10; ++i) merge.add(uid{1}, flag_set());
  const auto done = merge.finish();
  REQUIRE_FALSE(done);
  CHECK(done.error().code == errc::limit_exceeded);
  CHECK(done.error().reach == scope::folder);
}

TEST_CASE("carrying out a plan makes any cache equal to any server") {
  std::mt19937 random(11);
  for (int round = 0; round < 500; ++round) {
    std::map<std::uint32_t, std::uint8_t> server;
    std::map<std::uint32_t, std::uint8_t> local;
    for (int i = 0; i < 30; ++i) {
      const auto u = std::uint32_t(random() % 50 + 1);
      if (random() % 2) server[u] = std::uint8_t(random() % 32);
      if (random() % 2) local[u] = std::uint8_t(random() % 32);
    }
    std::vector<cache::message_state> cached;
    for (const auto& [u, f] : local) cached.push_back(held(u, f));
    std::vector<seen_message> seen;
    for (const auto& [u, f] : server) seen.push_back({{u}, flags(f)});
    if (round % 2 == 0) std::shuffle(seen.begin(), seen.end(), random);
    for (std::size_t i = 0; round % 4 == 0 && i < seen.size(); i += 5) seen.push_back(seen[i]);
    const auto p = plan(cached, seen);
    for (const auto u : p.vanished.to_vector()) local.erase(u.value);
    CHECK(p.listed == server.size());
    if (!p.settled.empty()) {
      // What is settled is known to the next listing: nothing of it is compared.
      std::vector<cache::message_state> now;
      std::vector<seen_message> sorted;
      for (const auto& [u, f] : server) {
        now.push_back(held(u, 31));
        sorted.push_back({{u}, flags(f)});
      }
      const auto is_settled = [&](uid which) {
        return std::any_of(p.settled.begin(), p.settled.end(),
                           [&](const cache::listed_page& known) { return known.page == cache::page_of(which); });
      };
      for (const auto& [which, now_flags] : plan(now, sorted, p.settled).changed) CHECK_FALSE(is_settled(which));
    }
    for (const auto& [u, f] : p.changed) local[u.value] = f.system_bits();
    for (const auto u : p.new_messages.to_vector()) local[u.value] = server.at(u.value);
    REQUIRE(local == server);
  }
}

TEST_CASE("a page that is known to be as it is listed is not read, and any other is") {
  std::vector<cache::message_state> cached;
  std::vector<seen_message> seen;
  for (std::uint32_t u = 1; u <= 5000; u += 3) {
    cached.push_back(held(u, std::uint8_t(u % 4)));
    seen.push_back({{u}, flags(std::uint8_t(u % 4))});
  }
  const auto first = plan(cached, seen);
  CHECK(first.settled.size() == 157);
  // What the cursor would say about known pages is wrong here, so reading them would show.
  auto wrong = cached;
  for (auto& m : wrong) m.flags = flags(31);
  const auto again = plan(wrong, seen, first.settled);
  CHECK(again.changed.empty());
  CHECK(again.vanished.empty());
  CHECK(again.new_messages.empty());
  CHECK(again.listed == seen.size());
  CHECK(again.settled.empty());

  auto changed = seen;
  changed[700].flags = flags(31);         // page 65
  changed.erase(changed.begin() + 100);   // page 9
  changed.push_back({{5001}, flags(0)});  // page 156
  const auto delta = plan(cached, changed, first.settled);
  CHECK(delta.changed.size() == 1);
  CHECK(delta.vanished.to_string() == "301");
  CHECK(delta.new_messages.to_string() == "5001");
  CHECK(delta.listed == changed.size());
  // The page of the new message will change once more.
  REQUIRE(delta.settled.size() == 2);
  CHECK(delta.settled[0].page == 9);
  CHECK(delta.settled[1].page == 65);
}

TEST_CASE("a known page that has changed is compared with what is known of it, and no row of it is read") {
  std::vector<seen_message> seen;
  for (std::uint32_t u = 1; u <= 320; ++u) seen.push_back({{u}, flags(std::uint8_t(u % 4))});
  std::vector<cache::message_state> cached;
  for (const auto& m : seen) cached.push_back({m.which, m.flags, true, true});
  const auto known = plan(cached, seen).settled;
  REQUIRE(known.size() == 11);
  auto changed = seen;
  changed[99].flags = flags(31);  // UID 100
  std::erase_if(changed, [](const seen_message& m) { return m.which.value % 64 == 0 || m.which.value == 191; });
  changed.push_back({{321}, flags(0)});
  std::vector<std::pair<uid, flag_set>> told;
  std::vector<uid> asked;
  scan_merge merge([&] { return result<std::vector<cache::listed_page>>(known); },
                   [&](uid after, std::size_t) {
                     asked.push_back(after);
                     return result<std::vector<cache::message_state>>();
                   },
                   [&](uid which, flag_set&& now) { told.emplace_back(which, std::move(now)); });
  for (const auto& line : changed) merge.add(line.which, flag_set(line.flags));
  const auto done = merge.finish();
  REQUIRE(done);
  CHECK(done->vanished.to_string() == "64,128,191:192,256,320");
  CHECK(done->new_messages.to_string() == "321");
  CHECK(done->listed == changed.size());
  REQUIRE(told.size() == 1);
  CHECK(told[0].first == uid{100});
  CHECK(done->flags_changed == 1);
  // Behind the last page that is known there may be more.
  CHECK(asked == std::vector<uid>{cache::last_of(10)});
}

TEST_CASE("known pages of which nothing is listed any more have vanished, wherever they stand") {
  std::vector<cache::message_state> cached;
  std::vector<seen_message> seen;
  for (const std::uint32_t page : {0u, 1u, 2u, 5u, 9u}) {
    for (std::uint32_t i = 1; i <= 3; ++i) {
      cached.push_back(held(page * 32 + i));
      seen.push_back({{page * 32 + i}, {}});
    }
  }
  const auto all = plan(cached, seen);
  REQUIRE(all.settled.size() == 5);
  const auto without = [&](std::uint32_t page) {
    auto rest = seen;
    std::erase_if(rest, [&](const seen_message& m) { return cache::page_of(m.which) == page; });
    return plan(cached, rest, all.settled);
  };
  CHECK(without(0).vanished.to_string() == "1:3");
  CHECK(without(2).vanished.to_string() == "65:67");
  CHECK(without(5).vanished.to_string() == "161:163");
  CHECK(without(9).vanished.to_string() == "289:291");
}

TEST_CASE("a listing out of order settles nothing, and known pages do not hide what it says") {
  const std::vector<cache::message_state> cached = {held(1), held(5), held(2000)};
  const auto all = plan(cached, {{{1}, {}}, {{5}, {}}, {{2000}, {}}});
  REQUIRE(all.settled.size() == 2);
  const auto p = plan(cached, {{{1}, {}}, {{5}, {}}, {{2000}, {}}, {{5}, flags(1)}}, all.settled);
  CHECK(p.settled.empty());
  CHECK(p.listed == 3);
  REQUIRE(p.changed.size() == 1);
  CHECK(p.changed[0].first == uid{5});
  CHECK(p.changed[0].second == flags(1));
}

TEST_CASE("OIMAP-C0002 many rounds of changes end equal to the server, whatever is known of the pages") {
  std::mt19937 random(5);
  std::map<std::uint32_t, flag_set> server;
  std::map<std::uint32_t, flag_set> local;
  std::vector<cache::listed_page> known;
  for (int round = 0; round < 400; ++round) {
    for (int i = 0; i < 12; ++i) {
      const auto u = std::uint32_t(random() % 300 + 1);
      auto now = flags(std::uint8_t(random() % 32));
      if (random() % 16 == 0) now.add_keyword("k" + std::to_string(random() % 3));
      if (random() % 3 == 0) {
        server.erase(u);
      } else {
        server[u] = now;
      }
    }
    std::vector<cache::message_state> cached;
    for (const auto& [u, f] : local) cached.push_back({{u}, f, true, true});
    std::vector<seen_message> seen;
    for (const auto& [u, f] : server) seen.push_back({{u}, f});
    const auto p = plan(cached, seen, known);
    CHECK(p.listed == server.size());
    std::vector<uid> touched;
    for (const auto u : p.vanished.to_vector()) {
      REQUIRE(local.erase(u.value) == 1);
      touched.push_back(u);
    }
    for (const auto& [u, f] : p.changed) {
      REQUIRE(local.contains(u.value));
      local[u.value] = f;
      touched.push_back(u);
    }
    for (const auto u : p.new_messages.to_vector()) {
      REQUIRE(local.emplace(u.value, server.at(u.value)).second);
      touched.push_back(u);
    }
    REQUIRE(local == server);
    // As the store does: what changes a message forgets its page, and what is settled is known afterwards.
    std::map<std::uint32_t, cache::listed_page> now;
    for (const auto& page : known) now.emplace(page.page, page);
    for (const auto u : touched) now.erase(cache::page_of(u));
    for (const auto& page : p.settled) now.insert_or_assign(page.page, page);
    if (round % 7 == 0) std::erase_if(now, [&](const auto&) { return random() % 4 == 0; });
    known.clear();
    for (const auto& [number, page] : now) known.push_back(page);
  }
}

TEST_CASE("keywords are part of what a page is known by") {
  flag_set one, other;
  one.set_keywords("a b");
  other.set_keywords("a");
  std::vector<cache::message_state> cached = {held(1), held(2)};
  cached[0].flags = one;
  const auto all = plan(cached, {{{1}, one}, {{2}, {}}});
  REQUIRE(all.settled.size() == 1);
  CHECK(plan(cached, {{{1}, other}, {{2}, {}}}, all.settled).changed.size() == 1);
}

TEST_CASE("a listing of nothing says that everything has vanished, and a line without a UID says nothing") {
  CHECK(plan({held(1), held(2)}, {}).vanished.to_string() == "1:2");
  CHECK(plan({}, {}).listed == 0);
  const auto p = plan({held(1)}, {{{0}, flags(1)}, {{1}, flags(0)}, {{0}, flags(1)}});
  CHECK(p.listed == 1);
  CHECK(p.changed.empty());
}

TEST_CASE("a line that comes twice asks once for what is missing") {
  const auto p = plan({held(1, 0, false, false), held(9)}, {{{1}, flags(0)}, {{9}, flags(0)}, {{1}, flags(1)}});
  CHECK(p.listed == 2);
  CHECK(p.without_header.to_string() == "1");
  CHECK(p.without_body.to_string() == "1");
  CHECK(p.settled.empty());
}

TEST_CASE("OIMAP-V0011 keywords of lines out of order are held up to a bound only") {
  scan_merge merge([] { return result<std::vector<cache::listed_page>>(); },
                   [](uid, std::size_t) { return result<std::vector<cache::message_state>>(); },
                   [](uid, flag_set&&) {});
  merge.add(uid{9}, flag_set());
  flag_set many;
  many.add_keyword(std::string(100'000, 'k'));
  for (std::size_t i = 0; i < scan_merge::most_late_octets / 100'000 + 2; ++i) merge.add(uid{1}, flag_set(many));
  const auto done = merge.finish();
  REQUIRE_FALSE(done);
  CHECK(done.error().code == errc::limit_exceeded);
}

TEST_CASE("what a listing was refused for first is what it has failed with") {
  scan_merge merge([] { return result<std::vector<cache::listed_page>>(); },
                   [](uid, std::size_t) { return result<std::vector<cache::message_state>>(); },
                   [](uid, flag_set&&) {});
  merge.refuse(error(errc::unexpected_response, "first"));
  merge.refuse(error(errc::cache_damaged, "second"));
  const auto done = merge.finish();
  REQUIRE_FALSE(done);
  CHECK(done.error().detail == "first");
}

TEST_CASE("whichever read of the cache fails, there is no plan, and the error is that of the cache") {
  const auto third = cache::first_of(2).value;
  const std::vector<cache::message_state> cached = {held(1), held(5), held(third), held(third + 3)};
  const std::vector<seen_message> seen = {{{1}, flags(0)}, {{third + 3}, flags(1)}, {{5}, flags(0)}};
  const auto with_failure_at = [&](int which) {
    int reads = 0;
    scan_merge merge(
        [&]() -> result<std::vector<cache::listed_page>> {
          if (reads++ == which) return fail(errc::cache_damaged, "pages");
          return std::vector<cache::listed_page>{};
        },
        [&](uid after, std::size_t) -> result<std::vector<cache::message_state>> {
          if (reads++ == which) return fail(errc::cache_damaged, "rows");
          for (const auto& m : cached) {
            if (after < m.uid) return std::vector<cache::message_state>{m};
          }
          return std::vector<cache::message_state>{};
        },
        [](uid, flag_set&&) {});
    for (const auto& line : seen) merge.add(line.which, flag_set(line.flags));
    return std::pair(merge.finish(), reads);
  };
  const auto [good, reads] = with_failure_at(-1);
  REQUIRE(good);
  CHECK(good->vanished.to_string() == std::to_string(third));
  CHECK(reads > 6);
  for (int i = 0; i < reads; ++i) {
    CAPTURE(i);
    const auto [done, ignored] = with_failure_at(i);
    REQUIRE_FALSE(done);
    CHECK(done.error().code == errc::cache_damaged);
  }
}

TEST_CASE("a page that is known is passed over wherever the reading of the cache stands") {
  const auto second = cache::first_of(1).value;
  const auto third = cache::first_of(2).value;
  const std::vector<seen_message> seen = {{{3}, flags(0)}, {{second}, flags(0)}, {{third}, flags(1)}};
  const std::vector<cache::message_state> cached = {held(3), held(second), held(third)};
  const auto settled = plan(cached, seen).settled;
  REQUIRE(settled.size() == 3);
  const auto of = [&](const std::vector<cache::message_state>& rows, const std::vector<cache::listed_page>& known) {
    // All rows in one piece.
    scan_merge merge([&] { return result<std::vector<cache::listed_page>>(known); },
                     [&](uid after, std::size_t) {
                       std::vector<cache::message_state> above;
                       for (const auto& m : rows) {
                         if (after < m.uid) above.push_back(m);
                       }
                       return result<std::vector<cache::message_state>>(above);
                     },
                     [](uid, flag_set&&) {});
    for (const auto& line : seen) merge.add(line.which, flag_set(line.flags));
    auto done = merge.finish();
    REQUIRE(done);
    return std::move(*done);
  };
  const auto between = of(cached, {settled[1]});
  CHECK(between.listed == 3);
  CHECK(between.flags_changed == 1);
  CHECK(between.vanished.empty());
  CHECK(between.new_messages.empty());
  // What is known is believed, also where no row is left to read.
  const auto behind = of({}, {settled[1]});
  CHECK(behind.new_messages.to_string() == "3," + std::to_string(third));
  const auto first = of({}, {settled[0], settled[2]});
  CHECK(first.new_messages.to_string() == std::to_string(second));
}
