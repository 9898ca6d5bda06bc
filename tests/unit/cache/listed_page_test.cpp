// A page is known to be as it was listed until one of its messages changes.
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
      need(in.set_listed_pages(inbox, {{0, digest_of(1)}, {1, digest_of(2)}, {2, digest_of(3)}}));
    });
  }
  static cache::digest digest_of(unsigned char octet) {
    cache::digest out{};
    out.fill(octet);
    return out;
  }
  std::string pages() {
    std::string out;
    for (const auto& p : need(reader->listed_pages(inbox))) out += std::to_string(p.page) + ' ';
    return out;
  }
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "pages are kept with their digests, and replaced") {
  CHECK(pages() == "0 1 2 ");
  CHECK(need(reader->listed_pages(inbox))[1].sum == digest_of(2));
  committed(*store, [&](cache::store& in) { need(in.set_listed_pages(inbox, {{1, digest_of(9)}})); });
  CHECK(need(reader->listed_pages(inbox))[1].sum == digest_of(9));
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
