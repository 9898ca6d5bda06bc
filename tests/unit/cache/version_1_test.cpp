// A cache that was written before there were segments.
#include <sqlite3.h>

#include "cache/cache_file.hpp"
#include "cache/digester.hpp"
#include "cache/schema.hpp"
#include "support.hpp"

using namespace cache_test;
namespace fs = std::filesystem;
using cache::octets;
using cache::statement;

namespace {

/// A file as version 1 of the schema left it.
class old_cache {
 public:
  explicit old_cache(const fs::path& file)
      : db_(need(cache::database::open(file.native(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE))) {
    need(db_.run(("PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA application_id = " +
                  std::to_string(cache::application_id))
                     .c_str()));
    need(db_.run(cache::migrations()[0].sql));
    need(
        db_.run("PRAGMA user_version = 1;"
                "INSERT INTO meta (id, account, created) VALUES (1, CAST('anna@mail.example' AS BLOB), 5);"
                "INSERT INTO folder (id, mailbox, noselect, noinferiors, subscribed, uid_validity, exists_count,"
                " scanned_at) VALUES (1, CAST('INBOX' AS BLOB), 0, 0, 1, 7, 4, 99)"));
  }

  std::int64_t header(const std::string& text) {
    statement row(db_, "INSERT INTO header (digest, size) VALUES (?1, ?2)");
    statement content(db_, "INSERT INTO header_octets (header, octets) VALUES (?1, ?2)");
    need(row.execute(need(sum_.of(text)), text.size()));
    const auto id = db_.last_rowid();
    need(content.execute(id, octets{text}));
    return id;
  }
  /// Without a digest: a transfer that was not finished.
  std::int64_t body(const std::string& text, bool finished = true) {
    statement row(db_, "INSERT INTO body (digest, size) VALUES (?1, ?2)");
    std::optional<cache::digest> key;
    if (finished) key = need(sum_.of(text));
    need(row.execute(key, finished ? text.size() : 0));
    const auto id = db_.last_rowid();
    constexpr std::size_t piece = 1 << 20;
    if (text.size() <= piece) {
      statement whole(db_, "INSERT INTO body_octets (body, octets) VALUES (?1, ?2)");
      need(whole.execute(id, octets{text}));
      return id;
    }
    statement chunk(db_, "INSERT INTO body_chunk (body, seq, octets) VALUES (?1, ?2, ?3)");
    for (std::size_t at = 0; at < text.size(); at += piece) {
      need(chunk.execute(id, at / piece, octets{std::string_view(text).substr(at, piece)}));
    }
    return id;
  }
  void message(std::uint32_t u, std::int64_t header, std::optional<std::int64_t> body) {
    statement row(db_,
                  "INSERT INTO message (folder, uid, flags, keywords, size, date, zone, header, body)"
                  " VALUES (1, ?1, 1, x'4a756e6b', 100, 1000, 60, ?2, ?3)");
    need(row.execute(u, header, body));
  }
  void run(const char* sql) { need(db_.run(sql)); }

 private:
  cache::database db_;
  cache::digester sum_;
};

const std::string small = "Subject: small\r\n\r\n" + noise(1, 20'000);
const std::string large = "Subject: large\r\n\r\n" + noise(2, 2'500'000);

struct fixture {
  temporary_folder folder;
  fs::path file = folder.file("cache.db");

  fixture() {
    old_cache old(file);
    const auto h1 = old.header("Subject: small\r\n\r\n");
    const auto h2 = old.header("Subject: large\r\n\r\n");
    const auto b1 = old.body(small);
    const auto b2 = old.body(large);
    old.body(noise(3, 3'000'000), false);
    old.message(1, h1, b1);
    old.message(2, h2, b2);
    old.message(3, h1, b1);
    old.message(4, old.header("Subject: header only\r\n\r\n"), std::nullopt);
    old.run(
        "INSERT INTO tombstone (folder, uid_validity, uid, buried_at, reason, flags, date, header, body)"
        " SELECT 1, 6, 77, 5, 'uid_validity', 0, 1000, header, body FROM message WHERE uid = 2;"
        "INSERT INTO tombstone (folder, uid_validity, uid, buried_at, reason, flags, date, header, body)"
        " SELECT 1, 7, 78, 5, 'vanished', 0, 1000, header, body FROM message WHERE uid = 1;"
        "INSERT INTO quarantine VALUES (1, 9, 'no data', 1, 2, 3);"
        "INSERT INTO run VALUES (1, 10, 20, 'complete', 3, 4)");
  }
  std::int64_t number(const char* sql) const {
    auto db = need(cache::database::open(file.native(), SQLITE_OPEN_READONLY));
    statement ask(db, sql);
    std::int64_t n = -1;
    need(ask.first([&](const statement& row) { n = row.integer(0); }));
    return n;
  }
  void check_old_mail(cache::reader& r) const {
    CHECK(code_of(r.check_integrity()) == std::nullopt);
    CHECK((read_body(r, 1, 1) == small));
    CHECK((read_body(r, 1, 2) == large));
    CHECK((read_body(r, 1, 3) == small));
    CHECK(need(r.header(1, uid{1})) == "Subject: small\r\n\r\n");
    CHECK(need(r.header(1, uid{4})) == "Subject: header only\r\n\r\n");
    const auto one = need(r.message(1, uid{1}));
    CHECK(one.flags.keywords() == "Junk");
    CHECK(one.date == outmap::internal_date{1000, 60});
    CHECK(one.size == 100);
    cache::digester sum;
    CHECK(one.header_digest == need(sum.of("Subject: small\r\n\r\n")));
    CHECK(one.body_digest == need(sum.of(small)));
  }
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "a cache of version 1 keeps all it holds, and its mail stays where it is") {
  CHECK(code_of(cache::reader::open(file)) == errc::cache_unavailable);
  const auto size = fs::file_size(file);
  open_store(file);
  CHECK_FALSE(fs::exists(file.native() + ".mail"));
  CHECK(fs::file_size(file) < size + 500'000);
  CHECK(number("PRAGMA user_version") == 5);
  CHECK(number("SELECT count(*) FROM body") == 2);
  CHECK(number("SELECT count(*) FROM body_chunk") == 3);

  const auto r = open_reader(file);
  check_old_mail(*r);
  CHECK(need(r->account()) == account);
  const auto inbox = need(r->folder(mailbox_name("INBOX")));
  CHECK(inbox.uid_validity == uid_validity{7});
  CHECK(inbox.exists == 4);
  CHECK(inbox.messages == 4);
  CHECK(inbox.bodies == 3);
  CHECK(inbox.body_octets == 2 * small.size() + large.size());
  CHECK(inbox.tombstones == 2);
  CHECK(inbox.quarantined == 1);
  CHECK(need(r->last_run())->messages == 3);
  CHECK(need(r->start_of(mailbox_name("INBOX"))).adoptable);
}

TEST_CASE_FIXTURE(fixture, "new mail goes beside the old, and what is known is not stored again") {
  const auto s = open_store(file);
  committed(*s, [&](cache::store& in) {
    need(in.put_body(1, uid{10}, flag_set(), small));
    const auto t = need(in.begin_body());
    need(in.append_body(t, large));
    need(in.finish_body(t, 1, uid{11}, flag_set()));
    need(in.put_body(1, uid{12}, flag_set(), "Subject: new\r\n\r\nnew"));
    need(in.put_body(1, uid{4}, flag_set(), "Subject: header only\r\n\r\nand its body"));
  });
  CHECK(number("SELECT count(*) FROM body") == 4);
  const auto r = open_reader(file);
  check_old_mail(*r);
  CHECK((read_body(*r, 1, 10) == small));
  CHECK((read_body(*r, 1, 11) == large));
  CHECK(need(r->header(1, uid{10})) == "Subject: small\r\n\r\n");
  CHECK(need(r->header(1, uid{11})) == "Subject: large\r\n\r\n");
  CHECK(read_body(*r, 1, 12) == "Subject: new\r\n\r\nnew");
  CHECK(read_body(*r, 1, 4) == "Subject: header only\r\n\r\nand its body");
}

TEST_CASE_FIXTURE(fixture,
                  "OIMAP-V0003 old messages are adopted under a new UIDVALIDITY, of this version's or of the old") {
  const auto s = open_store(file);
  committed(*s, [&](cache::store& in) {
    CHECK(need(in.put_header(1, arrival(20, "Subject: large\r\n\r\n", 1000))).adopted);
    CHECK_FALSE(need(in.put_header(1, arrival(21, "Subject: small\r\n\r\n", 1000))).adopted);
    need(in.set_uid_validity(1, uid_validity{8}));
    CHECK(need(in.put_header(1, arrival(1, "Subject: small\r\n\r\n", 1000))).adopted == false);  // disputed by UID 21
    CHECK(need(in.put_header(1, arrival(2, "Subject: large\r\n\r\n", 1000))).adopted);
  });
  CHECK((read_body(*open_reader(file), 1, 2) == large));
}

TEST_CASE_FIXTURE(fixture, "a version 1 that breaks a reference is refused and left as it is") {
  {
    auto db = need(cache::database::open(file.native(), SQLITE_OPEN_READWRITE));
    need(db.run("UPDATE message SET body = 4711 WHERE uid = 3"));
  }
  CHECK(code_of(cache::store::open(file, account, {})) == errc::cache_damaged);
  CHECK(number("PRAGMA user_version") == 1);
  CHECK(number("SELECT count(*) FROM body") == 3);
}
