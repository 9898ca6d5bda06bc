// A page is known to be as it was listed until one of its messages changes, and has their flags.
#include <sqlite3.h>

#include <map>
#include <random>

#include "cache/database.hpp"
#include "support.hpp"

using namespace cache_test;

namespace {

struct fixture {
  temporary_folder folder;
  std::unique_ptr<cache::store> store = open_store(folder.file("cache.db"));
  std::unique_ptr<cache::reader> reader = open_reader(folder.file("cache.db"));
  cache::folder_id inbox = make_folder(*store);

  fixture() {
    committed(*store, [&](cache::store& in) {
      for (const std::uint32_t u : {5u, 6u, 40u, 70u}) need(in.put_body(inbox, uid{u}, flag_set(1), body_of(u)));
    });
    know_all();
  }

  static std::string body_of(std::uint32_t u) { return "Subject: " + std::to_string(u) + "\r\n\r\nbody"; }

  /// The server lists what is here.
  void know_all() {
    std::vector<cache::listed_page> pages;
    cache::page_former former;
    const auto states = need(reader->message_states(inbox));
    for (std::size_t i = 0; i < states.size(); ++i) {
      former.add(states[i].uid, states[i].flags);
      const auto page = cache::page_of(states[i].uid);
      if (i + 1 == states.size() || cache::page_of(states[i + 1].uid) != page)
        pages.push_back({page, need(former.finish())});
    }
    committed(*store, [&](cache::store& in) { need(in.set_listed_pages(inbox, pages)); });
  }

  std::string pages() {
    std::string out;
    for (const auto& p : need(reader->listed_pages(inbox))) out += std::to_string(p.page) + ' ';
    return out;
  }

  /// Each message with its flags, as each of the three ways of reading has them.
  std::string flags() {
    std::string states;
    for (const auto& m : need(reader->message_states(inbox))) states += text_of(m.uid, m.flags);
    std::string records;
    std::string singly;
    need(reader->for_each_message(inbox, [&](const cache::message_record& m) {
      records += text_of(m.uid, m.flags);
      singly += text_of(m.uid, need(reader->message(inbox, m.uid)).flags);
      return true;
    }));
    CHECK(records == states);
    CHECK(singly == states);
    return states;
  }
  static std::string text_of(uid which, const flag_set& flags) {
    return std::to_string(which.value) + ':' + std::to_string(flags.system_bits()) + flags.keywords() + ' ';
  }

  /// As the row has them.
  std::int64_t row_flags(std::uint32_t which) {
    auto db = need(cache::database::open(folder.file("cache.db").native(), SQLITE_OPEN_READONLY));
    cache::statement ask(db, "SELECT flags FROM message WHERE uid = ?1");
    std::int64_t out = -1;
    need(ask.first([&](const cache::statement& row) { out = row.integer(0); }, which));
    return out;
  }

  void set(std::uint32_t which, std::uint8_t bits) {
    committed(*store, [&](cache::store& in) { need(in.set_flags(inbox, uid{which}, flag_set(bits))); });
  }
};

flag_set with_keyword(std::uint8_t bits) {
  flag_set out(bits);
  out.set_keywords("Junk");
  return out;
}

}  // namespace

TEST_CASE_FIXTURE(fixture, "pages are kept with their forms, and replaced") {
  CHECK(pages() == "0 1 2 ");
  cache::page_former former;
  former.add(uid{40}, flag_set(9));
  const auto other_form = need(former.finish());
  CHECK(need(reader->listed_pages(inbox))[1].form != other_form);
  committed(*store, [&](cache::store& in) { need(in.set_listed_pages(inbox, {{1, other_form}})); });
  CHECK(need(reader->listed_pages(inbox))[1].form == other_form);
  const auto other = make_folder(*store, "Other");
  CHECK(need(reader->listed_pages(other)).empty());
}

TEST_CASE_FIXTURE(fixture, "flags of a listed page's messages stand in the page and no row is written for them") {
  set(6, 9);
  set(40, 0);
  CHECK(pages() == "0 1 2 ");
  CHECK(flags() == "5:1 6:9 40:0 70:1 ");
  CHECK(row_flags(6) == 1);
  CHECK(row_flags(40) == 1);
  // So a listing that says the same finds nothing to do.
  const auto before = need(reader->listed_pages(inbox));
  know_all();
  const auto after = need(reader->listed_pages(inbox));
  REQUIRE(after.size() == before.size());
  for (std::size_t i = 0; i < before.size(); ++i) CHECK(before[i].form == after[i].form);
  // A message that is not there: nothing happens.
  set(7, 9);
  CHECK(flags() == "5:1 6:9 40:0 70:1 ");
}

TEST_CASE_FIXTURE(fixture, "whatever else changes a message forgets its page and no other, and no flag is lost") {
  const auto forgets = [&](const char* what, const std::string& then, auto change) {
    CAPTURE(what);
    know_all();
    set(40, 7);
    committed(*store, change);
    CHECK(pages() == "0 2 ");
    CHECK(flags() == "5:1 6:1 " + then + "70:1 ");
  };
  forgets("put_header", "32:0 40:7 ", [&](cache::store& in) { need(in.put_header(inbox, arrival(32, "h"))); });
  committed(*store, [&](cache::store& in) { need(in.put_body(inbox, uid{32}, flag_set(), "b")); });
  forgets("put_body", "32:0 40:7 50:0 ", [&](cache::store& in) { need(in.put_body(inbox, uid{50}, flag_set(), "b")); });
  forgets("a body of a message that is there", "32:0 40:2 50:0 ",
          [&](cache::store& in) { need(in.put_body(inbox, uid{40}, flag_set(2), "another")); });
  forgets("a transfer", "32:0 40:7 50:0 63:0 ", [&](cache::store& in) {
    const auto t = need(in.begin_body());
    need(in.append_body(t, "octets"));
    need(in.finish_body(t, inbox, uid{63}, flag_set()));
  });
  forgets("keywords", "32:0 40:3Junk 50:0 63:0 ",
          [&](cache::store& in) { need(in.set_flags(inbox, uid{40}, with_keyword(3))); });
  forgets("no keywords any more", "32:0 40:4 50:0 63:0 ",
          [&](cache::store& in) { need(in.set_flags(inbox, uid{40}, flag_set(4))); });
}

TEST_CASE_FIXTURE(fixture, "a range of several pages that goes forgets them, and no flag is lost") {
  set(5, 7);
  set(70, 3);
  uid_set gone;
  gone.add(uid{5});
  gone.add({uid{6}, uid{69}});
  committed(*store, [&](cache::store& in) { need(in.set_vanished(inbox, gone, 1)); });
  CHECK(pages().empty());
  CHECK(flags() == "70:3 ");
}

TEST_CASE_FIXTURE(fixture, "one that goes leaves its page, which is then as it is listed") {
  set(5, 7);
  set(6, 9);
  uid_set gone;
  gone.add(uid{6});
  gone.add(uid{70});
  committed(*store, [&](cache::store& in) { need(in.set_vanished(inbox, gone, 1)); });
  CHECK(pages() == "0 1 ");
  CHECK(flags() == "5:7 40:1 ");
  CHECK(row_flags(5) == 1);
  const auto before = need(reader->listed_pages(inbox));
  know_all();
  const auto after = need(reader->listed_pages(inbox));
  REQUIRE(after.size() == before.size());
  for (std::size_t i = 0; i < before.size(); ++i) CHECK(before[i].form == after[i].form);
  // One that is not there takes nothing with it.
  uid_set never;
  never.add(uid{7});
  committed(*store, [&](cache::store& in) { need(in.set_vanished(inbox, never, 2)); });
  CHECK(pages() == "0 1 ");
  CHECK(flags() == "5:7 40:1 ");
}

TEST_CASE_FIXTURE(fixture,
                  "a page of which only a digest is known is forgotten with each change, and no flag is lost") {
  set(5, 7);
  committed(*store, [&](cache::store& in) { need(in.set_flags(inbox, uid{6}, with_keyword(1))); });
  CHECK(flags() == "5:7 6:1Junk 40:1 70:1 ");
  know_all();
  CHECK_FALSE(need(reader->listed_pages(inbox))[0].form.is_spelled_out());
  CHECK(flags() == "5:7 6:1Junk 40:1 70:1 ");
  set(5, 2);
  CHECK(pages() == "1 2 ");
  CHECK(flags() == "5:2 6:1Junk 40:1 70:1 ");
}

TEST_CASE_FIXTURE(fixture, "a digest in place of a page that is spelled out leaves the flags to the rows") {
  set(5, 7);
  cache::page_former former;
  former.add(uid{5}, flag_set(7));
  former.add(uid{6}, with_keyword(1));
  const auto digest = need(former.finish());
  committed(*store, [&](cache::store& in) { need(in.set_listed_pages(inbox, {{0, digest}})); });
  CHECK(row_flags(5) == 7);
  CHECK(flags() == "5:7 6:1 40:1 70:1 ");
}

TEST_CASE_FIXTURE(fixture, "a tombstone has the flags that its message had") {
  set(6, 9);
  set(70, 3);
  committed(*store, [&](cache::store& in) { need(in.set_flags(inbox, uid{40}, with_keyword(1))); });
  uid_set gone;
  gone.add(uid{6});
  committed(*store, [&](cache::store& in) { need(in.set_vanished(inbox, gone, 1)); });
  committed(*store, [&](cache::store& in) { need(in.set_uid_validity(inbox, uid_validity{77})); });
  auto db = need(cache::database::open(folder.file("cache.db").native(), SQLITE_OPEN_READONLY));
  cache::statement ask(db, "SELECT uid, flags FROM tombstone ORDER BY uid");
  std::string found;
  need(ask.for_each([&](const cache::statement& row) {
    found += std::to_string(row.integer(0)) + ':' + std::to_string(row.integer(1)) + ' ';
    return true;
  }));
  CHECK(found == "5:1 6:9 40:1 70:3 ");
}

TEST_CASE_FIXTURE(fixture,
                  "after any history of changes, listings and rollbacks each message has the flags it was given") {
  std::mt19937 random(20261122);
  std::map<std::uint32_t, flag_set> model;
  for (const auto& m : need(reader->message_states(inbox))) model[m.uid.value] = m.flags;
  for (int round = 0; round < 400; ++round) {
    CAPTURE(round);
    auto next = model;
    need(store->begin());
    for (auto steps = random() % 6; steps > 0; --steps) {
      const auto which = static_cast<std::uint32_t>(1 + random() % 150);
      const auto bits = static_cast<std::uint8_t>(random() % (flag_set::all_bits + 1));
      const auto flags = random() % 12 == 0 ? with_keyword(bits) : flag_set(bits);
      switch (random() % 8) {
        case 0:
          need(store->put_body(inbox, uid{which}, flags, body_of(which)));
          next[which] = flags;
          break;
        case 1: {
          uid_set gone;
          for (auto ranges = random() % 4; ranges > 0; --ranges) {
            const auto first = static_cast<std::uint32_t>(1 + random() % 150);
            gone.add({uid{first}, uid{first + static_cast<std::uint32_t>(random() % (random() % 4 == 0 ? 40 : 3))}});
          }
          need(store->set_vanished(inbox, gone, 1));
          for (const auto& range : gone.ranges()) {
            next.erase(next.lower_bound(range.first.value), next.upper_bound(range.last.value));
          }
          break;
        }
        default:
          need(store->set_flags(inbox, uid{which}, flags));
          if (next.contains(which)) next[which] = flags;
      }
    }
    if (random() % 5 == 0) {
      store->rollback();
    } else {
      need(store->commit());
      model = std::move(next);
    }
    std::string expected;
    for (const auto& [which, flags] : model) expected += text_of(uid{which}, flags);
    REQUIRE(flags() == expected);
    if (random() % 3 == 0) know_all();
    REQUIRE(flags() == expected);
    if (random() % 20 == 0) {
      store.reset();
      store = open_store(folder.file("cache.db"));
    }
  }
}

TEST_CASE_FIXTURE(fixture, "OIMAP-V0003 a new UIDVALIDITY forgets all pages") {
  committed(*store, [&](cache::store& in) { need(in.set_uid_validity(inbox, uid_validity{77})); });
  CHECK(pages().empty());
}

TEST_CASE_FIXTURE(fixture, "a change that is rolled back forgets nothing, and one by a store opened later does") {
  need(store->begin());
  need(store->set_flags(inbox, uid{6}, flag_set(2)));
  need(store->put_body(inbox, uid{5}, flag_set(3), "other"));
  store->rollback();
  CHECK(pages() == "0 1 2 ");
  CHECK(flags() == "5:1 6:1 40:1 70:1 ");
  committed(*store, [&](cache::store& in) { need(in.put_body(inbox, uid{5}, flag_set(3), "other")); });
  CHECK(pages() == "1 2 ");
  store.reset();
  store = open_store(folder.file("cache.db"));
  committed(*store, [&](cache::store& in) { need(in.put_body(inbox, uid{70}, flag_set(3), "other")); });
  CHECK(pages() == "1 ");
}

TEST_CASE_FIXTURE(fixture, "a page that there cannot be, or that names UID 0, is not known, whatever the file says") {
  store.reset();
  need(need(cache::database::open(folder.file("cache.db").native(), SQLITE_OPEN_READWRITE))
           .run("UPDATE listed_page SET form = x'730100000000' WHERE page = 0;"
                "UPDATE listed_page SET page = 4294967296 + 1 WHERE page = 1;"
                "UPDATE listed_page SET page = -3 WHERE page = 2"));
  CHECK(pages().empty());
}

TEST_CASE_FIXTURE(fixture, "a UID that there cannot be is damage, and nobody reads on from it for ever") {
  store.reset();
  auto db = need(cache::database::open(folder.file("cache.db").native(), SQLITE_OPEN_READWRITE));
  for (const char* beyond : {"4294967296 + 5", "4294967296", "9223372036854775807"}) {
    CAPTURE(beyond);
    need(db.run((std::string("PRAGMA ignore_check_constraints = ON; UPDATE message SET uid = ") + beyond +
                 " WHERE uid = (SELECT max(uid) FROM message)")
                    .c_str()));
    CHECK(code_of(reader->message_states(inbox, outmap::uid{0}, 10)) == errc::cache_damaged);
  }
}
