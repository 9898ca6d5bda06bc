// SQLite's account of the memory it has.
#include "cache/memory_statistics.hpp"

#include <sqlite3.h>

#include "support.hpp"

using namespace cache_test;

TEST_CASE("memory statistics are switched off before SQLite begins, and not behind its back") {
  const temporary_folder folder;
  const auto outcome = in_child([&] {
    if (sqlite3_shutdown() != SQLITE_OK) return 1;
    if (!cache::switch_off_memory_statistics()) return 2;
    const auto opened = cache::store::open(folder.file("cache.db"), account, {});
    if (!opened) return 3;
    if (sqlite3_memory_used() != 0) return 4;
    return cache::switch_off_memory_statistics() ? 5 : 0;
  });
  CHECK(outcome == 0);
  static_cast<void>(open_store(folder.file("another.db")));
  CHECK_FALSE(cache::switch_off_memory_statistics());
}
