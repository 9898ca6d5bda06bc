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

TEST_CASE("the form of a page spells out which messages it has, with which flags") {
  cache::page_former former;
  former.add(uid{64}, flag_set(1));
  former.add(uid{70}, flag_set());
  former.add(uid{95}, flag_set(flag_set::all_bits));
  const auto form = need(former.finish());
  REQUIRE(form.is_spelled_out());
  const auto messages = form.messages(2);
  REQUIRE(messages.size() == 3);
  CHECK(messages[0].uid == uid{64});
  CHECK(messages[1].uid == uid{70});
  CHECK(messages[2].uid == uid{95});
  CHECK(messages[0].flags == flag_set(1));
  CHECK(messages[2].flags == flag_set(flag_set::all_bits));
  CHECK(messages[1].has_header);
  CHECK(messages[1].has_body);
  CHECK(cache::page_form::from(form.octets()) == form);
  // Begun anew: the same messages give the same form, others another.
  former.add(uid{64}, flag_set(1));
  former.add(uid{70}, flag_set());
  CHECK(need(former.finish()) != form);
  for (std::uint32_t u = 0xffffffe0u; u != 0; ++u) former.add(uid{u}, flag_set(2));
  const auto full = need(former.finish());
  CHECK(full.octets().size() == cache::page_form::most_octets);
  CHECK(full.messages(cache::page_of(uid{0xffffffffu})).back().uid == uid{0xffffffffu});
}

TEST_CASE("OIMAP-V0011 keywords make a digest of a page's form, of whatever length they are") {
  const auto form_with = [](const std::string& first, const std::string& second) {
    cache::page_former former;
    flag_set one(1), other;
    one.set_keywords(first);
    other.set_keywords(second);
    former.add(uid{1}, one);
    former.add(uid{2}, other);
    return need(former.finish());
  };
  const auto form = form_with(std::string(100'000, 'k'), "");
  CHECK_FALSE(form.is_spelled_out());
  CHECK(form.messages(0).empty());
  CHECK(form.octets().size() == 33);
  CHECK(cache::page_form::from(form.octets()) == form);
  CHECK(form_with("a b", "") != form_with("a", "b"));
  CHECK(form_with("a", "") != form_with("", "a"));
  CHECK(form_with("a", "") == form_with("a", ""));
  CHECK(form_with("a", "") != form_with("", ""));
}

TEST_CASE("what is no form of a page is not taken for one") {
  const auto no_form = [](std::string_view stored) { return !cache::page_form::from(stored); };
  CHECK(no_form(""));
  CHECK(no_form("s"));
  CHECK(no_form(std::string_view("s\0\0\0\0", 5)));      // of no message
  CHECK(no_form(std::string_view("s\1\0\0\0", 5)));      // a message without flags
  CHECK(no_form(std::string_view("s\1\0\0\0\0\0", 7)));  // flags without a message
  CHECK(no_form(std::string_view("s\1\0\0\0\x20", 6)));  // flags that there are not
  CHECK_FALSE(no_form(std::string_view("s\1\0\0\0\x1f", 6)));
  CHECK(no_form(std::string(32, 'd')));  // a digest alone, as older programs left it
  CHECK_FALSE(no_form(std::string(33, 'd')));
  CHECK(no_form(std::string(34, 'd')));
  CHECK(no_form(std::string(33, 'x')));
  CHECK(no_form(std::string(100'000, 's')));
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
