// The right to a cache file, had before the file is opened.
#include "cache/claim.hpp"

#include <sqlite3.h>

#include "cache/database.hpp"
#include "support.hpp"

using namespace cache_test;
namespace fs = std::filesystem;

TEST_CASE("a claim is the lock, and opening goes on with it") {
  const temporary_folder folder;
  const auto file = folder.file("cache.db");
  {
    auto ours = need(cache::claim::take(file, true));
    CHECK_FALSE(ours.opens_at_once());
    CHECK_FALSE(fs::exists(file));
    CHECK(code_of(cache::claim::take(file, true)) == errc::cache_locked);
    const auto opened = cache::store::open(std::move(ours), account, {});
    CHECK(opened.has_value());
    CHECK(code_of(cache::claim::take(file, true)) == errc::cache_locked);
  }
  CHECK(need(cache::claim::take(file, true)).opens_at_once());
  CHECK(cache::claim::take(file, false).has_value());
}

TEST_CASE("a claim that is given up gives the lock back and changes nothing") {
  const temporary_folder folder;
  const auto file = folder.file("cache.db");
  static_cast<void>(open_store(file));
  const auto before = read_file(file);
  static_cast<void>(need(cache::claim::take(file, true)));
  CHECK(read_file(file) == before);
  CHECK(cache::store::open(file, account, {}).has_value());
}

TEST_CASE("a cache that needs more than a look does not open at once") {
  const temporary_folder folder;
  const auto file = folder.file("cache.db");
  static_cast<void>(open_store(file));
  SUBCASE("another schema") {
    auto db = need(cache::database::open(file.native(), SQLITE_OPEN_READWRITE));
    need(db.run("PRAGMA user_version = 1"));
  }
  SUBCASE("the log of a writer that was killed") { write_file(file.native() + "-wal", "x"); }
  SUBCASE("an empty file") { fs::resize_file(file, 0); }
  CHECK_FALSE(need(cache::claim::take(file, true)).opens_at_once());
}

TEST_CASE("what is not a cache cannot be claimed, and no lock appears beside it") {
  const temporary_folder folder;
  const auto file = folder.file("cache.db");
  CHECK(code_of(cache::claim::take(file, false)) == errc::cache_unavailable);
  write_file(file, "mail from long ago");
  CHECK(code_of(cache::claim::take(file, true)) == errc::cache_foreign);
  CHECK_FALSE(fs::exists(file.native() + ".lock"));
}
