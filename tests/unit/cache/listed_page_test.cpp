// A page is known to be as it was listed until one of its messages changes.
#include <sqlite3.h>

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
      for (const std::uint32_t u : {5u, 40u, 70u}) need(in.put_body(inbox, uid{u}, flag_set(), "body"));
    });
    know_all();
  }
  void know_all() {
    committed(*store, [&](cache::store& in) {
      need(in.set_listed_pages(inbox, {{0, form_of(1)}, {1, form_of(2)}, {2, form_of(3)}}));
    });
  }
  static cache::page_form form_of(std::uint8_t bits) {
    cache::page_former one;
    one.add(uid{1}, flag_set(bits));
    return need(one.finish());
  }
  std::string pages() {
    std::string out;
    for (const auto& p : need(reader->listed_pages(inbox))) out += std::to_string(p.page) + ' ';
    return out;
  }
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "pages are kept with their forms, and replaced") {
  CHECK(pages() == "0 1 2 ");
  CHECK(need(reader->listed_pages(inbox))[1].form == form_of(2));
  committed(*store, [&](cache::store& in) { need(in.set_listed_pages(inbox, {{1, form_of(9)}})); });
  CHECK(need(reader->listed_pages(inbox))[1].form == form_of(9));
  const auto other = make_folder(*store, "Other");
  CHECK(need(reader->listed_pages(other)).empty());
}

TEST_CASE_FIXTURE(fixture, "whatever changes a message forgets its page, and no other") {
  const auto forgets = [&](const char* what, auto change) {
    CAPTURE(what);
    know_all();
    committed(*store, change);
    CHECK(pages() == "0 2 ");
  };
  forgets("set_flags", [&](cache::store& in) { need(in.set_flags(inbox, uid{40}, flag_set(1))); });
  forgets("put_header", [&](cache::store& in) { need(in.put_header(inbox, arrival(32, "h"))); });
  forgets("put_body", [&](cache::store& in) { need(in.put_body(inbox, uid{50}, flag_set(), "b")); });
  forgets("a body of a message that is there",
          [&](cache::store& in) { need(in.put_body(inbox, uid{40}, flag_set(2), "another")); });
  forgets("a transfer", [&](cache::store& in) {
    const auto t = need(in.begin_body());
    need(in.append_body(t, "octets"));
    need(in.finish_body(t, inbox, uid{63}, flag_set()));
  });
  forgets("set_vanished", [&](cache::store& in) {
    uid_set gone;
    gone.add(uid{40});
    need(in.set_vanished(inbox, gone, 1));
  });
}

TEST_CASE_FIXTURE(fixture, "OIMAP-V0003 a new UIDVALIDITY forgets all pages") {
  committed(*store, [&](cache::store& in) { need(in.set_uid_validity(inbox, uid_validity{77})); });
  CHECK(pages().empty());
}

TEST_CASE_FIXTURE(fixture, "a change that is rolled back forgets nothing, and one by a store opened later does") {
  need(store->begin());
  need(store->set_flags(inbox, uid{5}, flag_set(1)));
  store->rollback();
  CHECK(pages() == "0 1 2 ");
  committed(*store, [&](cache::store& in) { need(in.set_flags(inbox, uid{5}, flag_set(1))); });
  CHECK(pages() == "1 2 ");
  store.reset();
  store = open_store(folder.file("cache.db"));
  committed(*store, [&](cache::store& in) { need(in.set_flags(inbox, uid{70}, flag_set(1))); });
  CHECK(pages() == "1 ");
}

TEST_CASE_FIXTURE(fixture, "a page that there cannot be, or that names UID 0, is not known, whatever the file says") {
  store.reset();
  need(need(cache::database::open(folder.file("cache.db").native(), SQLITE_OPEN_READWRITE))
           .run("UPDATE listed_page SET digest = x'730100000000' WHERE page = 0;"
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
