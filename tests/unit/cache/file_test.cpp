// What store::open and reader::open make of what they find.
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache/cache_file.hpp"
#include "cache/database.hpp"
#include "support.hpp"

using namespace cache_test;
namespace fs = std::filesystem;

namespace {

std::optional<errc> opening(const fs::path& file, std::string_view who = account) {
  return code_of(cache::store::open(file, who, {}));
}

/// An SQLite file that somebody else made.
void make_foreign(const fs::path& file, const char* sql) {
  auto db = need(cache::database::open(file.native(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
  need(db.run(sql));
}

void make_cache_with_mail(const fs::path& file) {
  const auto s = open_store(file);
  const auto inbox = make_folder(*s);
  committed(*s, [&](cache::store& in) { need(in.put_body(inbox, uid{1}, flag_set(), "Subject: a\r\n\r\nhello")); });
}

mode_t mode_of(const fs::path& file) {
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  return status.st_mode & 0777;
}

}  // namespace

TEST_CASE("a new cache is private, ours and complete") {
  const temporary_folder folder;
  const auto file = folder.file("cache.db");
  const auto before = ::umask(0);
  const auto s = open_store(file);
  make_folder(*s);
  ::umask(before);

  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) CHECK(mode_of(file.native() + suffix) == 0600);
  const auto head = read_file(file);
  CHECK(head.substr(68, 4) == "OutM");
  CHECK(head.substr(60, 4) == std::string("\0\0\0\5", 4));
  CHECK(need(open_reader(file)->account()) == account);
  CHECK(names_in(folder.path()) ==
        std::vector<std::string>{"cache.db", "cache.db-shm", "cache.db-wal", "cache.db.lock"});
}

TEST_CASE("closing leaves the file, its mail and an empty lock file") {
  const temporary_folder folder;
  make_cache_with_mail(folder.file("cache.db"));
  CHECK(names_in(folder.path()) == std::vector<std::string>{"cache.db", "cache.db.lock", "cache.db.mail"});
  CHECK(fs::file_size(folder.file("cache.db.lock")) == 0);
}

TEST_CASE("an empty file is taken over, a missing one only when asked") {
  const temporary_folder folder;
  write_file(folder.file("empty"), "");
  CHECK(opening(folder.file("empty")) == std::nullopt);
  CHECK(opening(folder.file("empty")) == std::nullopt);

  const auto refused = cache::store::open(folder.file("missing"), account, {.create = false});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::cache_unavailable);
  CHECK(names_in(folder.path()) == std::vector<std::string>{"empty", "empty.lock"});
}

TEST_CASE("a file that is not ours is refused and not touched") {
  const temporary_folder folder;
  const auto file = folder.file("notes");
  SUBCASE("text") { write_file(file, "Shopping list: bread, 12 eggs\n"); }
  SUBCASE("longer than a page") { write_file(file, noise(1, 100'000)); }
  SUBCASE("SQLite of another program") {
    make_foreign(file, "PRAGMA application_id = 77; CREATE TABLE bookmark (url TEXT)");
  }
  SUBCASE("SQLite that nobody signed") { make_foreign(file, "CREATE TABLE bookmark (url TEXT)"); }
  SUBCASE("SQLite with a log of its own") {
    make_foreign(file, "PRAGMA journal_mode = WAL; CREATE TABLE bookmark (url TEXT)");
  }
  SUBCASE("SQLite without tables") { make_foreign(file, "PRAGMA user_version = 3"); }
  const auto before = read_file(file);
  REQUIRE_FALSE(before.empty());

  const auto refused = cache::store::open(file, account, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::cache_foreign);
  CHECK(refused.error().detail.find(file.string()) != std::string::npos);
  CHECK(code_of(cache::reader::open(file)) == errc::cache_foreign);
  CHECK(read_file(file) == before);
  CHECK(names_in(folder.path()) == std::vector<std::string>{"notes"});
}

TEST_CASE("a cache of a newer library is refused and not touched") {
  const temporary_folder folder;
  const auto file = folder.file("cache.db");
  make_cache_with_mail(file);
  fs::remove(file.native() + ".lock");
  need(need(cache::database::open(file.native(), SQLITE_OPEN_READWRITE)).run("PRAGMA user_version = 9999"));
  const auto before = read_file(file);

  CHECK(opening(file) == errc::cache_newer);
  CHECK(code_of(cache::reader::open(file)) == errc::cache_newer);
  CHECK(read_file(file) == before);
  CHECK(names_in(folder.path()) == std::vector<std::string>{"cache.db", "cache.db.mail"});
}

TEST_CASE("a newer version that still stands in the log alone is noticed") {
  const temporary_folder folder;
  const auto file = folder.file("cache.db");
  make_cache_with_mail(file);
  const auto before = read_file(file);
  {
    auto db = need(cache::database::open(file.native(), SQLITE_OPEN_READWRITE));
    sqlite3_db_config(db.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    need(db.run("PRAGMA user_version = 9999"));
  }
  REQUIRE(read_file(file) == before);
  CHECK(opening(file) == errc::cache_newer);
  CHECK(code_of(cache::reader::open(file)) == errc::cache_newer);
  CHECK(read_file(file) == before);
}

TEST_CASE("a cache of another account is refused and keeps its mail") {
  const temporary_folder folder;
  const auto file = folder.file("cache.db");
  make_cache_with_mail(file);
  const auto before = read_file(file);

  const auto refused = cache::store::open(file, "bert@mail.example", {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::cache_other_account);
  CHECK(refused.error().detail.find("anna@mail.example") != std::string::npos);
  CHECK(read_file(file) == before);
  CHECK(opening(file) == std::nullopt);
}

TEST_CASE("one writer at a time, and the error names it") {
  const temporary_folder folder;
  const auto file = folder.file("cache.db");
  auto first = open_store(file);
  const auto second = cache::store::open(file, account, {});
  REQUIRE_FALSE(second);
  CHECK(second.error().code == errc::cache_locked);
  CHECK(second.error().detail.find("process " + std::to_string(::getpid())) != std::string::npos);

  // From another process, by another spelling of the path.
  const auto spelled = folder.path() / "." / "cache.db";
  CHECK(in_child([&] { return opening(spelled) == errc::cache_locked ? 0 : 1; }) == 0);
  first.reset();
  CHECK(opening(file) == std::nullopt);
}

TEST_CASE("the lock goes with the process that held it") {
  const temporary_folder folder;
  const auto file = folder.file("cache.db");
  CHECK(in_child([&] {
          const auto held = cache::store::open(file, account, {});
          ::_exit(held ? 0 : 1);  // without closing anything
          return 2;
        }) == 0);
  CHECK(fs::file_size(file.native() + ".lock") > 0);
  CHECK(opening(file) == std::nullopt);
}

TEST_CASE("a lock file with strange content only costs the name of the holder") {
  const temporary_folder folder;
  const auto file = folder.file("cache.db");
  const auto held = open_store(file);
  write_file(file.native() + ".lock", "\x1b[31m" + noise(3, 5000));
  const auto refused = cache::store::open(file, account, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::cache_locked);
  CHECK(refused.error().detail == file.string() + ".lock");
}

TEST_CASE("what is not a regular file is refused") {
  const temporary_folder folder;
  const auto file = folder.file("cache.db");
  SUBCASE("a folder") { fs::create_directory(file); }
  SUBCASE("a FIFO") { REQUIRE(::mkfifo(file.c_str(), 0600) == 0); }
  SUBCASE("a symbolic link to a cache") {
    make_cache_with_mail(folder.file("elsewhere"));
    fs::create_symlink(folder.file("elsewhere"), file);
  }
  SUBCASE("a symbolic link to nothing") { fs::create_symlink(folder.file("nothing"), file); }
  const auto refused = cache::store::open(file, account, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::cache_unavailable);
  CHECK(refused.error().detail.find(file.string()) != std::string::npos);
  CHECK(code_of(cache::reader::open(file)) == errc::cache_unavailable);
  CHECK_FALSE(fs::exists(file.native() + ".lock"));
}

TEST_CASE("a folder behind a symbolic link is fine, and the lock is the same") {
  const temporary_folder folder;
  fs::create_directory(folder.file("real"));
  fs::create_directory_symlink(folder.file("real"), folder.file("link"));
  const auto held = open_store(folder.file("link") / "cache.db");
  CHECK(opening(folder.file("real") / "cache.db") == errc::cache_locked);
}

TEST_CASE("a path that cannot be is unavailable, with the path and the reason") {
  const temporary_folder folder;
  write_file(folder.file("file"), "x");
  for (const auto& file : {folder.file("file") / "cache.db", folder.file("no folder") / "cache.db", folder.path() / "",
                           folder.path() / "..", fs::path("/proc/outmap-cache.db")}) {
    CAPTURE(file.string());
    const auto refused = cache::store::open(file, account, {});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::cache_unavailable);
    CHECK(refused.error().detail.find(file.string()) != std::string::npos);
    CHECK(refused.error().detail.size() > file.string().size() + 2);
    CHECK(code_of(cache::reader::open(file)) == errc::cache_unavailable);
  }
}

TEST_CASE("a lock file that cannot be used") {
  const temporary_folder folder;
  const auto file = folder.file("cache.db");
  SUBCASE("a folder") { fs::create_directory(file.native() + ".lock"); }
  SUBCASE("a symbolic link") { fs::create_symlink(folder.file("victim"), file.native() + ".lock"); }
  SUBCASE("a FIFO") { REQUIRE(::mkfifo((file.native() + ".lock").c_str(), 0600) == 0); }
  CHECK(opening(file) == errc::cache_unavailable);
  CHECK_FALSE(fs::exists(folder.file("victim")));
  CHECK_FALSE(fs::exists(file));
}

TEST_CASE("without permission the cache is unavailable, and stays as it is") {
  const temporary_folder folder;
  const auto file = folder.file("cache.db");
  make_cache_with_mail(file);
  const auto before = read_file(file);
  SUBCASE("the folder") { fs::permissions(folder.path(), fs::perms(0555)); }
  SUBCASE("the file") {
    fs::permissions(folder.path(), fs::perms(0777));
    fs::permissions(file.native() + ".lock", fs::perms(0666));
    fs::permissions(file, fs::perms(0444));
  }
  SUBCASE("the file, also for reading") {
    fs::permissions(folder.path(), fs::perms(0777));
    fs::permissions(file, fs::perms(0));
  }
  CHECK(in_child([&] {
          become_nobody();
          const auto refused = cache::store::open(file, account, {});
          if (refused || refused.error().code != errc::cache_unavailable) return 1;
          return refused.error().detail.find("ermission") != std::string::npos ? 0 : 2;
        }) == 0);
  fs::permissions(folder.path(), fs::perms(0700));
  fs::permissions(file, fs::perms(0600));
  CHECK(read_file(file) == before);
}

TEST_CASE("a reader in a folder that cannot be written") {
  const temporary_folder folder;
  const auto file = folder.file("cache #1?.db");
  make_cache_with_mail(file);
  std::unique_ptr<cache::store> held;
  SUBCASE("with no writer") {}
  SUBCASE("beside a writer") {
    held = open_store(file);
    const auto inbox = make_folder(*held);
    committed(*held, [&](cache::store& in) { need(in.set_flags(inbox, uid{1}, flag_set(1))); });
    for (const char* side : {"-wal", "-shm"}) fs::permissions(file.native() + side, fs::perms(0444));
  }
  fs::permissions(file, fs::perms(0444));
  fs::permissions(file.native() + ".mail/000001.seg", fs::perms(0444));
  fs::permissions(file.native() + ".mail", fs::perms(0555));
  fs::permissions(folder.path(), fs::perms(0555));
  const bool writing = held != nullptr;
  CHECK(in_child([&] {
          become_nobody();
          const auto r = cache::reader::open(file);
          if (!r) return 1;
          const auto inbox = (*r)->folder(mailbox_name("INBOX"));
          if (!inbox) return 2;
          const auto states = (*r)->message_states(inbox->id);
          if (!states || states->size() != 1) return 3;
          if (states->front().flags.has(system_flag::seen) != writing) return 4;
          return (*r)->check_integrity() ? 0 : 5;
        }) == 0);
}

TEST_CASE("a reader where nothing was synced yet") {
  const temporary_folder folder;
  write_file(folder.file("empty"), "");
  for (const auto* name : {"missing", "empty"}) {
    const auto refused = cache::reader::open(folder.file(name));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::cache_unavailable);
    CHECK(refused.error().detail.find("nothing was synced") != std::string::npos);
  }
  CHECK(names_in(folder.path()) == std::vector<std::string>{"empty"});
}

TEST_CASE("the log of a removed cache is not taken for the log of a new one") {
  const temporary_folder folder;
  const auto file = folder.file("cache.db");
  std::string log;
  {
    const auto s = open_store(file);
    const auto inbox = make_folder(*s);
    committed(*s, [&](cache::store& in) { need(in.put_body(inbox, uid{1}, flag_set(), noise(5, 100'000))); });
    log = read_file(file.native() + "-wal");
  }
  REQUIRE(log.size() > 4 * cache::page_size);
  fs::remove(file);
  write_file(file.native() + "-wal", log);
  open_store(file);
  const auto r = open_reader(file);
  CHECK(need(r->folders()).empty());
  CHECK(code_of(r->check_integrity()) == std::nullopt);
}

TEST_CASE("a file with damage") {
  const temporary_folder folder;
  const auto file = folder.file("cache.db");
  cache::folder_id inbox = 0;
  const auto secret_body = "Subject: x\r\n\r\n" + noise(9, 50'000);
  {
    const auto s = open_store(file);
    inbox = make_folder(*s);
    committed(*s, [&](cache::store& in) {
      need(in.put_body(inbox, uid{1}, flag_set(), secret_body));
      for (std::uint32_t u = 2; u < 200; ++u) need(in.put_body(inbox, uid{u}, flag_set(), noise(u, 3000)));
    });
  }
  auto content = read_file(file);

  SUBCASE("one bit of a body") {
    const fs::path segment = file.native() + ".mail/000001.seg";
    auto mail = read_file(segment);
    const auto at = mail.find(secret_body.substr(20'000, 1000));
    REQUIRE(at != std::string::npos);
    mail[at] = static_cast<char>(mail[at] ^ 4);
    write_file(segment, mail);
    const auto r = open_reader(file);
    std::size_t seen = 0;
    const auto read = r->body(inbox, uid{1}, [&](std::string_view piece) {
      seen += piece.size();
      return true;
    });
    CHECK(seen == secret_body.size());
    CHECK(code_of(read) == errc::cache_damaged);
    CHECK(read_body(*r, inbox, 2) == noise(2, 3000));
  }
  SUBCASE("pages of garbage") {
    for (std::size_t at = 2 * cache::page_size; at < content.size(); ++at) content[at] = static_cast<char>(at * 7);
    write_file(file, content);
    CHECK(code_of(cache::reader::open(file)) == errc::cache_damaged);
    CHECK(opening(file) == errc::cache_damaged);
  }
  SUBCASE("garbage in the leaves") {
    for (std::size_t at = content.size() - 2 * cache::page_size; at < content.size(); ++at) {
      content[at] = static_cast<char>(at * 7);
    }
    write_file(file, content);
    const auto r = open_reader(file);
    CHECK(code_of(r->check_integrity()) == errc::cache_damaged);
    const auto s = open_store(file);
    need(s->begin());
    CHECK(code_of(s->put_body(inbox, uid{900}, flag_set(), "x")) == errc::cache_damaged);
  }
  SUBCASE("cut off") {
    content.resize(content.size() / 2);
    write_file(file, content);
    CHECK(code_of(cache::reader::open(file)) == errc::cache_damaged);
    CHECK(opening(file) == errc::cache_damaged);
  }
  SUBCASE("tables of another shape under our name") {
    fs::remove(file);
    make_foreign(file, "PRAGMA application_id = 0x4f75744d; PRAGMA user_version = 5; CREATE TABLE meta (x)");
    CHECK(opening(file) == errc::cache_damaged);
    CHECK(code_of(cache::reader::open(file)) == errc::cache_damaged);
  }
}
