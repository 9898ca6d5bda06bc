// Bodies whose FETCH has not got its tagged OK.
#include <random>

#include "cache/database.hpp"
#include "cache/store_check.hpp"
#include "support.hpp"

using namespace cache_test;
using cache::tagged_answer;

namespace {

const std::string first_text = "Subject: one\r\n\r\nas it came at first";
const std::string other_text = "Subject: one\r\n\r\nas it came the second time, with another boundary";

uid_set uids(std::initializer_list<std::uint32_t> values) {
  uid_set out;
  for (const auto v : values) out.add(uid{v});
  return out;
}

struct fixture {
  temporary_folder folder;
  std::filesystem::path file = folder.file("cache.db");
  std::unique_ptr<cache::store> store = open_store(file);
  cache::folder_id inbox = make_folder(*store);

  void put(std::uint32_t u, const std::string& text, tagged_answer answer = tagged_answer::awaited) {
    committed(*store, [&](cache::store& in) { need(in.put_body(inbox, uid{u}, flag_set(1), text, answer)); });
  }
  void put_in_pieces(std::uint32_t u, const std::string& text) {
    committed(*store, [&](cache::store& in) {
      const auto t = need(in.begin_body());
      for (std::size_t at = 0; at < text.size(); at += 700'000) need(in.append_body(t, text.substr(at, 700'000)));
      need(in.finish_body(t, inbox, uid{u}, flag_set(1), tagged_answer::awaited));
    });
  }
  void confirm(const uid_set& which) {
    committed(*store, [&](cache::store& in) { need(in.confirm(inbox, which)); });
  }
  void reopen() {
    store.reset();
    store = open_store(file);
  }
  [[nodiscard]] uid_set unconfirmed() const {
    const auto r = open_reader(file);
    const auto out = need(r->unconfirmed(inbox));
    CHECK(need(r->folder(mailbox_name("INBOX"))).unconfirmed == out.size());
    CHECK(code_of(r->check_integrity()) == std::nullopt);
    return out;
  }
  [[nodiscard]] std::string body(std::uint32_t u) const { return read_body(*open_reader(file), inbox, u); }
  [[nodiscard]] std::int64_t number(const char* sql) const { return number_in(file, sql); }
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "a body that awaits its OK is there to be read, and is unconfirmed until that comes") {
  put(1, first_text);
  put(2, "Subject: two\r\n\r\n", tagged_answer::ok);
  CHECK(body(1) == first_text);
  CHECK(unconfirmed() == uids({1}));
  reopen();
  CHECK(unconfirmed() == uids({1}));
  confirm(uids({1, 2, 77}));
  CHECK(unconfirmed().empty());
  reopen();
  CHECK(unconfirmed().empty());
  CHECK(body(1) == first_text);
}

TEST_CASE_FIXTURE(fixture, "bodies that are confirmed within their transaction cost no row") {
  committed(*store, [&](cache::store& in) {
    for (std::uint32_t u = 1; u <= 9; u += 2)
      need(in.put_body(inbox, uid{u}, flag_set(), first_text, tagged_answer::awaited));
    need(in.confirm(inbox, uids({1, 3, 5, 7})));
  });
  CHECK(number("SELECT count(*) FROM unconfirmed") == 1);
  CHECK(unconfirmed() == uids({9}));
}

TEST_CASE_FIXTURE(fixture, "the same octets once more are stored once") {
  put(1, first_text);
  put(1, first_text);
  CHECK(number("SELECT count(*) FROM body") == 1);
  CHECK(unconfirmed() == uids({1}));
  reopen();
  put(1, first_text, tagged_answer::ok);
  CHECK(number("SELECT count(*) FROM body") == 1);
  CHECK(unconfirmed().empty());
}

TEST_CASE_FIXTURE(fixture, "NTLM-PB9 other octets take the place of an unconfirmed body with their OK, not before") {
  put(1, first_text);
  put(1, other_text);
  CHECK(body(1) == first_text);
  CHECK(unconfirmed() == uids({1}));
  SUBCASE("the OK comes") {
    confirm(uids({1}));
    CHECK(body(1) == other_text);
    CHECK(need(open_reader(file)->header(inbox, uid{1})) == "Subject: one\r\n\r\n");
    CHECK(need(open_reader(file)->folder(mailbox_name("INBOX"))).body_octets == other_text.size());
    CHECK(unconfirmed().empty());
    put(1, first_text);
    CHECK(body(1) == other_text);
    CHECK(unconfirmed().empty());
  }
  SUBCASE("the first octets come again, and then the OK") {
    put(1, first_text);
    confirm(uids({1}));
    CHECK(body(1) == first_text);
  }
  SUBCASE("the process ends, and the next one has an OK for a third form") {
    reopen();
    CHECK(body(1) == first_text);
    CHECK(unconfirmed() == uids({1}));
    put(1, "no header at all", tagged_answer::ok);
    CHECK(body(1) == "no header at all");
    CHECK(need(open_reader(file)->header(inbox, uid{1})) == "no header at all");
  }
  SUBCASE("an OK for another message") {
    confirm(uids({2}));
    CHECK(body(1) == first_text);
    CHECK(unconfirmed() == uids({1}));
  }
  CHECK(code_of(open_reader(file)->check_integrity()) == std::nullopt);
}

TEST_CASE_FIXTURE(fixture, "a header that came by itself stays when a newer body takes the place") {
  committed(*store, [&](cache::store& in) { need(in.put_header(inbox, arrival(1, "Subject: by itself\r\n\r\n"))); });
  put(1, first_text);
  put(1, other_text, tagged_answer::ok);
  CHECK(body(1) == other_text);
  CHECK(need(open_reader(file)->header(inbox, uid{1})) == "Subject: by itself\r\n\r\n");
}

TEST_CASE_FIXTURE(fixture, "a large body that comes in pieces is confirmed in the same way") {
  const auto large = "Subject: large\r\n\r\n" + noise(1, 3 << 20);
  const auto newer = "Subject: large\r\n\r\n" + noise(2, 3 << 20);
  put_in_pieces(1, large);
  CHECK(unconfirmed() == uids({1}));
  put_in_pieces(1, large);
  CHECK(number("SELECT count(*) FROM body") == 1);
  put_in_pieces(1, newer);
  CHECK((body(1) == large));
  confirm(uids({1}));
  CHECK((body(1) == newer));
  CHECK(unconfirmed().empty());
  put_in_pieces(1, large);
  CHECK((body(1) == newer));
  CHECK(unconfirmed().empty());
}

TEST_CASE_FIXTURE(fixture, "what is rolled back is not recorded as unconfirmed, nor as confirmed") {
  put(1, first_text);
  need(store->begin());
  need(store->put_body(inbox, uid{2}, flag_set(), first_text, tagged_answer::awaited));
  need(store->put_body(inbox, uid{1}, flag_set(), other_text, tagged_answer::awaited));
  need(store->confirm(inbox, uids({1})));
  store->rollback();
  CHECK(body(1) == first_text);
  CHECK(unconfirmed() == uids({1}));
  confirm(uids({1}));
  CHECK(body(1) == first_text);
}

TEST_CASE_FIXTURE(fixture, "a message that goes, or loses its body, is unconfirmed no more") {
  put(1, first_text);
  put(2, first_text);
  put(3, first_text);
  committed(*store, [&](cache::store& in) {
    need(in.set_vanished(inbox, uids({1}), 1000));
    need(in.drop_stand_in(inbox, uid{2}));
  });
  CHECK(unconfirmed() == uids({3}));
  CHECK(need(open_reader(file)->folder(mailbox_name("INBOX"))).tombstones == 1);
}

TEST_CASE_FIXTURE(fixture, "OIMAP-V0003 an unconfirmed body is adopted under a new UIDVALIDITY, as unconfirmed") {
  committed(*store, [&](cache::store& in) {
    need(in.set_uid_validity(inbox, uid_validity{1}));
    need(in.put_header(inbox, arrival(1, "Subject: one\r\n\r\n")));
    need(in.put_header(inbox, arrival(2, "Subject: two\r\n\r\n")));
    need(in.put_body(inbox, uid{2}, flag_set(), "Subject: two\r\n\r\n2", tagged_answer::awaited));
    need(in.confirm(inbox, uids({2})));
  });
  put(1, first_text);
  SUBCASE("as it is") {}
  // The server has refused it again and again; what it sent is mail all the same.
  SUBCASE("and in quarantine") {
    committed(*store, [&](cache::store& in) { need(in.put_quarantine(inbox, uid{1}, "refused", 1)); });
  }
  committed(*store, [&](cache::store& in) {
    need(in.set_uid_validity(inbox, uid_validity{2}));
    CHECK(need(in.put_header(inbox, arrival(11, "Subject: one\r\n\r\n"))).adopted);
    CHECK(need(in.put_header(inbox, arrival(12, "Subject: two\r\n\r\n"))).adopted);
  });
  CHECK(body(11) == first_text);
  CHECK(unconfirmed() == uids({11}));
  CHECK(number("SELECT count(*) FROM unconfirmed") == 1);
}

TEST_CASE_FIXTURE(fixture, "a renamed folder keeps its unconfirmed bodies, and one that makes way loses its own") {
  const auto other = make_folder(*store, "New");
  put(1, first_text);
  committed(*store, [&](cache::store& in) {
    need(in.put_body(other, uid{5}, flag_set(), first_text, tagged_answer::awaited));
    need(in.mark_gone_except({inbox}));
    need(in.rename_folder(mailbox_name("INBOX"), mailbox_name("New")));
  });
  const auto r = open_reader(file);
  const auto now = need(r->folder(mailbox_name("New")));
  CHECK(now.id == inbox);
  CHECK(now.unconfirmed == 1);
  CHECK(need(r->unconfirmed(inbox)) == uids({1}));
  CHECK(code_of(r->check_integrity()) == std::nullopt);
}

TEST_CASE_FIXTURE(fixture, "whatever comes and is confirmed, in any order, the table is what a set would be") {
  std::mt19937 random(7);
  uid_set model;
  for (int round = 0; round < 200; ++round) {
    committed(*store, [&](cache::store& in) {
      for (int i = 0; i < 20; ++i) {
        const auto first = static_cast<std::uint32_t>(1 + random() % 90);
        uid_set some;
        some.add({uid{first}, uid{first + static_cast<std::uint32_t>(random() % 4)}});
        if (random() % 2 == 0) {
          need(in.confirm(inbox, some));
          model = model.without(some);
          continue;
        }
        // One that was confirmed stays so.
        const uid which{static_cast<std::uint32_t>(1 + 100 * (round + 1) + random() % 90)};
        need(in.put_body(inbox, which, flag_set(), "x", tagged_answer::awaited));
        model.add(which);
      }
      uid_set old;
      old.add({uid{1}, uid{static_cast<std::uint32_t>(100 * round)}});
      need(in.confirm(inbox, old));
      model = model.without(old);
    });
    if (round % 10 == 0) reopen();
    REQUIRE(unconfirmed() == model);
  }
}

TEST_CASE_FIXTURE(fixture, "what verify finds of a store with unconfirmed bodies is no fault") {
  put(1, first_text);
  put(1, other_text);
  store.reset();
  const auto found = need(cache::check_store(file, {}));
  CHECK(found.fault_count == 0);
}

TEST_CASE_FIXTURE(fixture, "a cache of version 3 has no unconfirmed bodies, and gains room for them") {
  put(1, first_text, tagged_answer::ok);
  store.reset();
  {
    auto db = need(cache::database::open(file.native(), SQLITE_OPEN_READWRITE));
    need(
        db.run("DROP TABLE unconfirmed; ALTER TABLE tombstone DROP COLUMN unconfirmed;"
               "ALTER TABLE listed_page RENAME COLUMN form TO digest; PRAGMA user_version = 3"));
  }
  CHECK(code_of(cache::reader::open(file)) == errc::cache_unavailable);
  store = open_store(file);
  CHECK(number("PRAGMA user_version") == 5);
  CHECK(unconfirmed().empty());
  put(1, other_text);
  CHECK(body(1) == first_text);
  put(2, other_text);
  CHECK(unconfirmed() == uids({2}));
}

TEST_CASE_FIXTURE(fixture, "ranges that nobody has written are damage to a store and harmless to a reader") {
  put(5, first_text);
  store.reset();
  {
    auto db = need(cache::database::open(file.native(), SQLITE_OPEN_READWRITE));
    need(db.run("UPDATE unconfirmed SET first = 1, last = 4294967295"));
    need(db.run("INSERT INTO unconfirmed SELECT folder, 5, 9 FROM unconfirmed"));
  }
  CHECK(need(open_reader(file)->unconfirmed(inbox)) == uids({5}));
  store = open_store(file);
  need(store->begin());
  CHECK(code_of(store->confirm(inbox, uids({5}))) == errc::cache_damaged);
}
