// What may stand where the outbox is expected, and what a crash or a full disk leaves.
#include <sys/stat.h>

#include "failing_vfs.hpp"
#include "outbox_support.hpp"

using namespace cache_test;

namespace fs = std::filesystem;

namespace {

std::optional<errc> opening(const fs::path& cache_file, std::string_view whose = account) {
  const auto writing = code_of(cache::outbox::open(cache_file, whose));
  CHECK(code_of(cache::outbox::open_existing(cache_file, whose)) == writing);
  return writing;
}

void run_sql(const fs::path& file, const char* sql) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &db) == SQLITE_OK);
  CHECK(sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(db);
}

}  // namespace

TEST_CASE("where nothing was recorded there is no outbox, and looking makes none") {
  const temporary_folder dir;
  const auto file = dir.file("c");
  CHECK(need(cache::outbox::open_existing(file, account)) == nullptr);
  CHECK(names_in(dir.path()).empty());
  write_file(dir.file("c.outbox"), "");
  CHECK(need(cache::outbox::open_existing(file, account)) == nullptr);
  record(*open_outbox(file), of_kind(change_kind::create, "New"));
  CHECK(need(need(cache::outbox::open_existing(file, account))->list()).size() == 1);
  CHECK(names_in(dir.path()) == std::vector<std::string>{"c.outbox"});
}

TEST_CASE("a new outbox is private and leaves nothing else behind") {
  const temporary_folder dir;
  open_outbox(dir.file("c"));
  struct stat status {};
  REQUIRE(::stat(dir.file("c.outbox").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  CHECK(names_in(dir.path()) == std::vector<std::string>{"c.outbox"});
}

TEST_CASE("what is no outbox of this account is refused and not changed") {
  const temporary_folder dir;
  const auto file = dir.file("c");
  const auto box = dir.file("c.outbox");
  SUBCASE("no SQLite file") {
    write_file(box, std::string(5000, 'x'));
    CHECK(opening(file) == errc::cache_foreign);
    CHECK(read_file(box) == std::string(5000, 'x'));
  }
  SUBCASE("a database of another program") {
    run_sql(box, "CREATE TABLE t (x)");
    CHECK(opening(file) == errc::cache_foreign);
  }
  SUBCASE("a cache") {
    open_store(box);
    CHECK(opening(file) == errc::cache_foreign);
  }
  SUBCASE("and an outbox is no cache") {
    open_outbox(file);
    CHECK(code_of(cache::store::open(box, account, {})) == errc::cache_foreign);
    CHECK(code_of(cache::reader::open(box)) == errc::cache_foreign);
  }
  SUBCASE("of a newer version") {
    open_outbox(file);
    run_sql(box, "PRAGMA user_version = 99");
    const auto before = read_file(box);
    CHECK(opening(file) == errc::cache_newer);
    CHECK(read_file(box) == before);
  }
  SUBCASE("of another account") {
    record(*open_outbox(file), of_kind(change_kind::create, "New"));
    const auto before = read_file(box);
    CHECK(opening(file, "bert@mail.example") == errc::cache_other_account);
    CHECK(read_file(box) == before);
  }
  SUBCASE("a symbolic link, a folder") {
    fs::create_symlink("elsewhere", box);
    CHECK(opening(file) == errc::cache_unavailable);
    fs::remove(box);
    fs::create_directory(box);
    CHECK(opening(file) == errc::cache_unavailable);
  }
  SUBCASE("in no folder") { CHECK(opening(dir.file("none") / "c") == errc::cache_unavailable); }
}

TEST_CASE("an outbox whose first page was lost with the power is begun anew") {
  const temporary_folder dir;
  const auto file = dir.file("c");
  const auto box = dir.file("c.outbox");
  // The second page of the first transaction reached the disk before the first one did.
  const auto torn = std::string(4096, '\0') + std::string(4096, '\x0d');
  write_file(box, torn);
  CHECK(opening(file) == errc::cache_foreign);
  // Pages in the journal: 0; a nonce; pages of the file before: 0; sectors of 512, pages of 4096 octets.
  std::string journal("\xd9\xd5\x05\xf9\x20\xa1\x63\xd7\0\0\0\0nonc\0\0\0\0\0\0\2\0\0\0\x10\0", 28);
  journal.resize(512);
  SUBCASE("as the rollback journal has it") {
    write_file(box.native() + "-journal", journal);
    CHECK(need(cache::outbox::open_existing(file, account)) == nullptr);
    record(*open_outbox(file), of_kind(change_kind::create, "New"));
    CHECK(need(need(cache::outbox::open_existing(file, account))->list()).size() == 1);
    CHECK(names_in(dir.path()) == std::vector<std::string>{"c.outbox"});
  }
  SUBCASE("a journal of a file that had pages is somebody else's") {
    journal[19] = 2;
    write_file(box.native() + "-journal", journal);
    CHECK(opening(file) == errc::cache_foreign);
    CHECK(read_file(box) == torn);
  }
}

TEST_CASE("damage is named") {
  const temporary_folder dir;
  const auto file = dir.file("c");
  const auto at = dir.file("c.outbox");
  change_id draft = 0;
  {
    const auto box = open_outbox(file);
    record(*box, store_of("INBOX", uids({1}), seen_bit));
    draft = need(box->record_append(of_kind(change_kind::append, "Drafts"), "Subject: x\r\n\r\ntext"));
  }
  const auto drain = [](std::string_view) { return true; };
  SUBCASE("a page") {
    auto octets = read_file(at);
    for (std::size_t i = 4096; i < octets.size(); ++i) octets[i] = 'x';
    write_file(at, octets);
    const auto box = cache::outbox::open(file, account);
    const auto outcome = box ? code_of((*box)->list()) : code_of(box);
    CHECK(outcome == errc::cache_damaged);
  }
  SUBCASE("a message") {
    run_sql(at, "UPDATE message_piece SET octets = CAST(x'58' || substr(octets, 2) AS BLOB)");
    CHECK(code_of(open_outbox(file)->message(draft, drain)) == errc::cache_damaged);
  }
  SUBCASE("a message that is longer than it was") {
    run_sql(at, "UPDATE message_piece SET octets = zeroblob(40)");
    CHECK(code_of(open_outbox(file)->message(draft, drain)) == errc::cache_damaged);
  }
  SUBCASE("a message without its pieces") {
    run_sql(at, "DELETE FROM message_piece");
    CHECK(code_of(open_outbox(file)->message(draft, drain)) == errc::no_such_message);
  }
  SUBCASE("numbers that fit no field") {
    for (const char* sql :
         {"UPDATE change SET kind = 11 WHERE id = 1", "UPDATE change SET kind = 1, state = 0 WHERE id = 1",
          "UPDATE change SET state = 1, uids = x'0000000200000001' WHERE id = 1",
          "UPDATE change SET uids = x'00000001' WHERE id = 1",
          "UPDATE change SET uids = x'0000000100000005' || x'0000000500000006' WHERE id = 1",
          "UPDATE change SET uids = x'0000000000000005' WHERE id = 1",
          "UPDATE change SET uids = x'00000001ffffffff' WHERE id = 1",
          "UPDATE change SET uids = x'0000000101000001' WHERE id = 1",
          "UPDATE change SET uids = x'0000000100000005', add_flags = 32 WHERE id = 1",
          "UPDATE change SET add_flags = 1, uid_validity = 4294967296 WHERE id = 1"}) {
      CAPTURE(sql);
      std::string cast(sql);  // || makes text of octets
      if (const auto bar = cast.find(" || x'"); bar != std::string::npos) cast = cast.replace(bar - 1, 7, "");
      run_sql(at, cast.c_str());
      const auto box = open_outbox(file);
      CHECK(code_of(box->list()) == errc::cache_damaged);
      CHECK(code_of(box->find(1)) == errc::cache_damaged);
      CHECK(need(box->find(draft)).has_value());
    }
  }
}

TEST_CASE("who may not write can read what waits") {
  const temporary_folder dir;
  const auto file = dir.file("c");
  record(*open_outbox(file), of_kind(change_kind::create, "New"));
  fs::permissions(dir.file("c.outbox"), fs::perms::owner_read | fs::perms::others_read | fs::perms::group_read);
  fs::permissions(dir.path(), fs::perms::owner_read | fs::perms::owner_exec | fs::perms::others_read |
                                  fs::perms::others_exec | fs::perms::group_read | fs::perms::group_exec);
  const int status = in_child([&] {
    become_nobody();
    if (code_of(cache::outbox::open(file, account)) != errc::cache_unavailable) return 1;
    auto box = cache::outbox::open_existing(file, account);
    if (!box || *box == nullptr) return 2;
    const auto all = (*box)->list();
    if (!all || all->size() != 1) return 3;
    return (*box)->drop(all->front().id) ? 4 : 0;
  });
  CHECK(status == 0);
}

namespace {

/// A few transactions; gives how many ended well before one failed.
int work_on(const fs::path& file, std::optional<errc>* failure = nullptr) {
  int done = 0;
  const auto box = cache::outbox::open(file, account);
  if (!box) {
    if (failure != nullptr) *failure = box.error().code;
    return done;
  }
  const auto step = [&](const auto& outcome) {
    if (outcome) {
      ++done;
    } else if (failure != nullptr) {
      *failure = outcome.error().code;
    }
    return outcome.has_value();
  };
  const auto append = of_kind(change_kind::append, "Drafts");
  uid_set dense;
  dense.add({uid{1}, uid{2500}});
  step((*box)->record(of_kind(change_kind::copy, "INBOX", dense, "A"))) &&
      step((*box)->record_append(append, noise(5, 60'000))) &&
      step((*box)->mark_sending(4, outmap::mailbox_mark{{1}, 2, {3}})) && step((*box)->done(4)) &&
      step((*box)->finish(4)) && step((*box)->record(store_of("INBOX", uids({1}), seen_bit)));
  return done;
}

/// What list() shows after so many of them.
std::string expected_after(int steps) {
  static const char* const states[] = {"",
                                       "1copy1 2copy1 3copy1 ",
                                       "1copy1 2copy1 3copy1 4append1 ",
                                       "1copy1 2copy1 3copy1 4append2 ",
                                       "1copy1 2copy1 3copy1 4append3 ",
                                       "1copy1 2copy1 3copy1 ",
                                       "1copy1 2copy1 3copy1 5store1 "};
  return states[steps];
}

std::string shown(const fs::path& file) {
  const auto box = need(cache::outbox::open_existing(file, account));
  std::string out;
  if (box == nullptr) return out;
  for (const auto& change : need(box->list())) {
    out += std::to_string(change.id) + to_string(change.kind) + std::to_string(static_cast<int>(change.state)) + ' ';
    if (change.kind == change_kind::append) CHECK((message_of(*box, change.id) == noise(5, 60'000)));
  }
  return out;
}

}  // namespace

TEST_CASE("killed before any write, an outbox holds all of a transaction or nothing of it") {
  const temporary_folder dir;
  const auto file = dir.file("c");
  std::uint64_t writes = 0;
  std::vector<fs::path> snapshots;
  {
    failing_vfs disk;
    disk.on_write([&] {
      const auto to = dir.file("at-" + std::to_string(writes++));
      for (const char* suffix : {".outbox", ".outbox-journal"}) {
        const fs::path from = file.native() + suffix;
        if (fs::exists(from)) fs::copy_file(from, to.native() + suffix);
      }
      snapshots.push_back(to);
    });
    CHECK(work_on(file) == 6);
  }
  CHECK(snapshots.size() > 20);
  int last = 0;
  for (const auto& copy : snapshots) {
    CAPTURE(copy.string());
    const auto now = shown(copy);
    // Never a step back.
    while (last < 6 && now != expected_after(last)) ++last;
    CHECK(now == expected_after(last));
    CHECK_NOTHROW(open_outbox(copy));
  }
  CHECK(last == 5);  // the last transaction is not complete before its last write
  CHECK(shown(file) == expected_after(6));
}

TEST_CASE("a disk that is full or fails at any write or sync loses nothing that was recorded") {
  for (const bool syncs : {false, true}) {
    for (std::uint64_t at = 0;; ++at) {
      CAPTURE(syncs);
      CAPTURE(at);
      const temporary_folder dir;
      const auto file = dir.file("c");
      bool struck = false;
      int done = 0;
      std::optional<errc> failure;
      {
        failing_vfs disk;
        if (syncs)
          disk.fail_syncs_after(at, SQLITE_IOERR_FSYNC);
        else
          disk.fail_writes_after(at, SQLITE_FULL);
        done = work_on(file, &failure);
        struck = disk.struck();
      }
      if (!struck) {
        CHECK(done == 6);
        CHECK(at > 5);
        break;
      }
      REQUIRE(failure);
      if (!syncs) CHECK(*failure == errc::disk_full);
      const auto now = shown(file);
      // What failed at the very end may have been done all the same.
      CHECK((now == expected_after(done) || now == expected_after(done + 1)));
    }
  }
}
