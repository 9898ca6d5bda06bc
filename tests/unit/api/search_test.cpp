#include "outmap/search.hpp"

#include <doctest/doctest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <ctime>
#include <fstream>
#include <string>
#include <vector>

#include "cache/file_lock.hpp"
#include "outmap/outbox.hpp"
#include "unit/archive/sample_cache.hpp"

using namespace archive_test;
using namespace outmap;

namespace {

const std::atomic<bool> never{false};
constexpr auto seen = static_cast<std::uint8_t>(system_flag::seen);
constexpr auto flagged = static_cast<std::uint8_t>(system_flag::flagged);

std::string letter(const std::string& from, const std::string& subject, const std::string& body,
                   const std::string& more = "") {
  return "From: " + from + "\r\nTo: Ben <ben@mail.example>\r\nSubject: " + subject +
         "\r\nDate: Fri, 1 Mar 2024 12:30:00 +0100\r\nMIME-Version: 1.0\r\n" + more + "\r\n" + body;
}

std::vector<std::string> found(mail_search& in, const std::string& line) {
  const auto query = need(parse_search(line, std::time(nullptr)));
  std::vector<std::string> out;
  for (const auto& hit : need(in.find(query)).hits) {
    out.push_back(hit.folder + "/" + (hit.message.unsent ? "-" : std::to_string(hit.message.uid.value)));
  }
  return out;
}

using places = std::vector<std::string>;

struct filled {
  sample_cache cache;
  filled() {
    cache.put(
        "INBOX",
        {{1, letter("Anna <anna@mail.example>", "Invoice 4711", "please pay"), seen, 1000},
         {2, letter("=?utf-8?Q?M=C3=BCller?= <m@mail.example>", "=?utf-8?B?R3LDvMOfZQ==?=", "Hello Anna"), 0, 2000},
         {3, letter("Carl <c@mail.example>", "two", "<p>shining <b>morning</b></p>", "Content-Type: text/html\r\n"),
          flagged, 3000}});
    cache.put(
        "Work",
        {{7,
          letter("Dora <d@mail.example>", "=?iso-2022-jp?B?GyRCRnxLXDhsGyhC?=",
                 "--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nd29ybGQgcGVhY2U=\r\n"
                 "--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=plan.pdf\r\n\r\n"
                 "x\r\n--b--\r\n",
                 "Content-Type: multipart/mixed; boundary=b\r\n"),
          0, 4000},
         {8, letter("Eve <eve@mail.example>", "header only", ""), 0, 5000, false}});
  }
  mail_search open() const { return need(mail_search::open(cache.file())); }
  [[nodiscard]] std::filesystem::path index() const { return cache.file().string() + ".search"; }
};

}  // namespace

TEST_CASE("words in headers and texts, decoded, are found; the newest first") {
  const filled f;
  auto search = f.open();
  const auto first = need(search.update(never));
  CHECK(first.added == 5);
  CHECK(first.read == 5);
  CHECK_FALSE(first.rebuilt);
  CHECK(first.failures.empty());
  CHECK(found(search, "anna") == places{"INBOX/2", "INBOX/1"});
  CHECK(found(search, "from:anna") == places{"INBOX/1"});
  CHECK(found(search, "MULLER") == places{"INBOX/2"});
  CHECK(found(search, "subject:grüße") == places{"INBOX/2"});
  CHECK(found(search, "to:ben@mail.example").size() == 5);
  CHECK(found(search, "\"shining morning\"") == places{"INBOX/3"});
  CHECK(found(search, "\"morning shining\"").empty());
  CHECK(found(search, "morning shining") == places{"INBOX/3"});
  CHECK(found(search, "morn*") == places{"INBOX/3"});
  CHECK(found(search, "morn").empty());
  CHECK(found(search, "本語") == places{"Work/7"});
  CHECK(found(search, "text:\"world peace\"") == places{"Work/7"});
  CHECK(found(search, "file:plan.pdf") == places{"Work/7"});
  CHECK(found(search, "subject:\"header only\"") == places{"Work/8"});
  CHECK(found(search, "anna -invoice") == places{"INBOX/2"});
  CHECK(found(search, "-anna -world") == places{"Work/8", "INBOX/3"});
  CHECK(found(search, "nowhere").empty());
}

TEST_CASE("flags, dates, folders and attachments narrow it down") {
  const filled f;
  auto search = f.open();
  need(search.update(never));
  CHECK(found(search, "is:unread") == places{"Work/8", "Work/7", "INBOX/3", "INBOX/2"});
  CHECK(found(search, "is:read") == places{"INBOX/1"});
  CHECK(found(search, "is:flagged is:unread") == places{"INBOX/3"});
  CHECK(found(search, "has:attachment") == places{"Work/7"});
  CHECK(found(search, "not:has:attachment").size() == 4);
  CHECK(found(search, "folder:W*") == places{"Work/8", "Work/7"});
  CHECK(found(search, "folder:inbox anna").size() == 2);
  search_query query;
  query.since = 2000;
  query.before = 4000;
  CHECK(need(search.find(query)).found == 2);
  CHECK(need(search.find({}, 2)).hits.size() == 2);
  CHECK(need(search.find({}, 2)).found == 5);
}

TEST_CASE("expressions of SQLite are words like others") {
  const filled f;
  auto search = f.open();
  need(search.update(never));
  for (const std::string hostile : {"\"anna\"\" OR \"\"two\"", "anna OR two", "NEAR(anna two)", "sender:anna OR x",
                                    "'; DROP TABLE place; --", "a*b*c", "^anna", "{sender} x", "anna AND", "NOT", "\"",
                                    "a\"b", "(", "-\"x\"*", "+anna +two", "\xff\xfe x", "—"}) {
    CAPTURE(hostile);
    const auto query = parse_search(hostile, 0);
    if (!query) continue;
    const auto got = search.find(*query);
    if (!got) CHECK(got.error().code == errc::invalid_argument);
  }
  CHECK(found(search, "anna").size() == 2);
  search_query blank;
  blank.terms.push_back({search_field::any, "?!", false, false});
  CHECK(search.find(blank).error().code == errc::invalid_argument);
}

TEST_CASE("only what is new is read; what is gone is found no more; a copy is not read again") {
  filled f;
  auto search = f.open();
  need(search.update(never));
  f.cache.put("INBOX", {{4, letter("Anna <anna@mail.example>", "newest", "later"), 0, 9000}});
  f.cache.put("Archive", {{1, letter("Anna <anna@mail.example>", "Invoice 4711", "please pay"), seen, 1000}});
  f.cache.expunge("INBOX", 2);
  const auto second = need(search.update(never));
  CHECK(second.added == 2);
  CHECK(second.read == 1);
  CHECK(second.removed == 1);
  CHECK(found(search, "anna") == places{"INBOX/4", "INBOX/1", "Archive/1"});
  CHECK(found(search, "subject:grüße").empty());
  // The body of a message that was there as a header.
  f.cache.put("Work", {{8, letter("Eve <eve@mail.example>", "header only", "and now a body"), 0, 5000}});
  CHECK(need(search.update(never)).read == 1);
  CHECK(found(search, "\"now a body\"") == places{"Work/8"});
  // Flags are not in the index.
  f.cache.set_flags("INBOX", 4, seen);
  CHECK(found(search, "subject:newest is:unread").empty());
  CHECK(found(search, "subject:newest is:read") == places{"INBOX/4"});
  CHECK(need(search.update(never)).added == 0);
}

TEST_CASE("other UIDs after a UIDVALIDITY change are other messages") {
  filled f;
  auto search = f.open();
  need(search.update(never));
  f.cache.put("INBOX", {{1, letter("Carl <c@mail.example>", "swapped", "x"), 0, 1}}, '/', false, 2);
  need(search.update(never));
  CHECK(found(search, "folder:INBOX") == places{"INBOX/1"});
  CHECK(found(search, "subject:swapped") == places{"INBOX/1"});
  CHECK(found(search, "invoice").empty());
}

TEST_CASE("the index is made again when it is damaged, old or deleted, and nobody else's file is touched") {
  filled f;
  {
    auto search = f.open();
    need(search.update(never));
    struct stat status {};
    REQUIRE(stat(f.index().c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
  }
  SUBCASE("overwritten in the middle") {
    std::fstream file(f.index(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    file << std::string(40960, '\x5a');
    file.close();
    auto search = f.open();
    const auto report = need(search.update(never));
    CHECK(report.rebuilt);
    CHECK(report.added == 5);
  }
  SUBCASE("cut short") {
    std::filesystem::resize_file(f.index(), 5000);
    auto search = f.open();
    CHECK(need(search.update(never)).added == 5);
  }
  SUBCASE("another version") {
    sqlite3* db = nullptr;
    REQUIRE(sqlite3_open(f.index().c_str(), &db) == SQLITE_OK);
    sqlite3_exec(db, "PRAGMA user_version = 77", nullptr, nullptr, nullptr);
    sqlite3_close(db);
    auto search = f.open();
    CHECK(need(search.update(never)).rebuilt);
  }
  SUBCASE("of another way to read messages") {
    sqlite3* db = nullptr;
    REQUIRE(sqlite3_open(f.index().c_str(), &db) == SQLITE_OK);
    const int code = sqlite3_exec(db,
                                  "UPDATE meta SET reading = reading - 1;"
                                  "INSERT INTO words (words) VALUES ('delete-all');",
                                  nullptr, nullptr, nullptr);
    const int changed = sqlite3_total_changes(db);
    sqlite3_close(db);
    REQUIRE(code == SQLITE_OK);
    REQUIRE(changed > 0);
    auto search = f.open();
    std::atomic<bool> stop{false};
    const auto broken = search.update(stop, [&](const index_report& now) {
      if (now.added == 2) stop = true;
    });
    REQUIRE_FALSE(broken);
    // Killed on the way, it is not begun again.
    const auto rest = need(search.update(never));
    CHECK_FALSE(rest.rebuilt);
    CHECK(rest.read == 3);
    CHECK(found(search, "invoice") == places{"INBOX/1"});
    CHECK(need(search.find({})).found == 5);
  }
  SUBCASE("deleted") {
    std::filesystem::remove(f.index());
    auto search = f.open();
    CHECK(search.find({}).error().code == errc::cache_unavailable);
    CHECK_FALSE(need(search.update(never)).rebuilt);
  }
  SUBCASE("killed while it was made") {
    const auto unfinished = f.index().string() + ".new";
    std::filesystem::rename(f.index(), unfinished);
    std::ofstream(unfinished + "-wal") << "half of a log";
    auto search = f.open();
    CHECK_FALSE(need(search.update(never)).rebuilt);
    CHECK_FALSE(std::filesystem::exists(unfinished));
    CHECK_FALSE(std::filesystem::exists(unfinished + "-wal"));
  }
  SUBCASE("dropped") {
    auto search = f.open();
    need(search.drop());
    CHECK_FALSE(std::filesystem::exists(f.index()));
    need(search.update(never));
  }
  SUBCASE("somebody else's") {
    std::ofstream(f.index(), std::ios::trunc) << "my notes";
    auto search = f.open();
    CHECK(search.update(never).error().code == errc::cache_foreign);
    CHECK(search.drop().error().code == errc::cache_foreign);
    CHECK(outmap::test::read_file(f.index()) == "my notes");
    return;
  }
  auto search = f.open();
  need(search.update(never));
  CHECK(found(search, "anna").size() == 2);
}

TEST_CASE("an interrupted indexing goes on; one beside another waits for nobody") {
  filled f;
  auto search = f.open();
  std::atomic<bool> stop{false};
  const auto broken = search.update(stop, [&](const index_report& now) {
    if (now.added == 2) stop = true;
  });
  REQUIRE_FALSE(broken);
  CHECK(broken.error().code == errc::cancelled);
  const auto rest = need(search.update(never));
  CHECK(rest.added == 3);
  {
    const auto lock = need(cache::file_lock::take(f.index().string() + ".lock"));
    const auto beside = need(search.update(never));
    CHECK(beside.busy);
    CHECK(found(search, "anna").size() == 2);
    CHECK(search.drop().error().code == errc::cache_locked);
  }
  CHECK_FALSE(need(search.update(never)).busy);
}

TEST_CASE("a message that cannot be read is named, and the others are found") {
  filled f;
  f.cache.put("INBOX", {{9, letter("Anna <anna@mail.example>", "to be damaged", std::string(9000, 'x')), 0, 9000}});
  f.cache.damage("UPDATE body SET start = start + 100000000 WHERE size > 9000");
  auto search = f.open();
  const auto report = need(search.update(never));
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].code == errc::cache_damaged);
  CHECK(report.added == 5);
  CHECK(found(search, "invoice") == places{"INBOX/1"});
  CHECK(need(search.update(never)).failures.size() == 1);
}

TEST_CASE("what waits in the outbox is found as the user sees it") {
  filled f;
  f.cache.put("Trash", {});
  {
    auto changes = need(outbox::open(f.cache.file()));
    uid_set one;
    one.add(uid{1});
    need(changes.move(mailbox_name("INBOX"), one, mailbox_name("Trash")));
    need(changes.append(mailbox_name("Work"), letter("Anna <anna@mail.example>", "draft", "unsent words"), {}, {}));
  }
  auto search = f.open();
  need(search.update(never));
  CHECK(found(search, "invoice") == places{"INBOX/1", "Trash/-"});
  CHECK(found(search, "\"unsent words\"") == places{"Work/-"});
  CHECK(found(search, "folder:INBOX is:undeleted").size() == 2);
  CHECK(found(search, "folder:INBOX is:deleted") == places{"INBOX/1"});
}
