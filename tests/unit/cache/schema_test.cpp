// Older files become newer ones, whole or not at all.
#include <sqlite3.h>

#include "cache/cache_file.hpp"
#include "cache/schema.hpp"
#include "support.hpp"

using namespace cache_test;
using cache::migration;

namespace {

/// A cache as this library leaves it, with one message, treated as the old file of later steps.
cache::folder_id make_old(const std::filesystem::path& file) {
  const auto s = open_store(file);
  const auto inbox = make_folder(*s);
  committed(*s, [&](cache::store& in) { need(in.put_body(inbox, uid{7}, flag_set(1), "Subject: old\r\n\r\nkept")); });
  return inbox;
}

std::vector<migration> steps_with(std::initializer_list<const char*> later) {
  const auto ours = cache::migrations();
  std::vector<migration> out(ours.begin(), ours.end());
  for (const auto* sql : later) out.push_back({sql});
  return out;
}

std::int64_t number(cache::database& db, const char* sql) {
  cache::statement ask(db, sql);
  std::int64_t value = -1;
  REQUIRE(need(ask.first([&](const cache::statement& row) { value = row.integer(0); })));
  return value;
}

}  // namespace

TEST_CASE("an old file is brought through every later version") {
  const temporary_folder folder;
  const auto file = folder.file("cache.db");
  make_old(file);
  const auto steps = steps_with(
      {"ALTER TABLE folder ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue'; CREATE TABLE extra (a INTEGER) STRICT",
       "INSERT INTO extra SELECT uid FROM message"});
  {
    auto db = need(cache::open_for_writing(file, account, false, steps));
    CHECK(need(cache::schema_version(db)) == steps.size());
    CHECK(number(db, "SELECT count(*) FROM folder WHERE colour = 'blue'") == 1);
    CHECK(number(db, "SELECT a FROM extra") == 7);
    CHECK(number(db, "SELECT count(*) FROM body") == 1);
  }
  // Once done it is not done again.
  auto db = need(cache::open_for_writing(file, account, false, steps));
  CHECK(number(db, "SELECT count(*) FROM extra") == 1);
}

TEST_CASE("a file made new goes through the same steps") {
  const temporary_folder folder;
  const auto steps = steps_with({"CREATE TABLE extra (a INTEGER) STRICT"});
  auto db = need(cache::open_for_writing(folder.file("cache.db"), account, true, steps));
  CHECK(need(cache::schema_version(db)) == steps.size());
  CHECK(number(db, "SELECT count(*) FROM extra") == 0);
  CHECK(number(db, "PRAGMA page_size") == cache::page_size);
}

TEST_CASE("this library refuses what a later one has migrated") {
  const temporary_folder folder;
  const auto file = folder.file("cache.db");
  make_old(file);
  need(cache::open_for_writing(file, account, false, steps_with({"CREATE TABLE extra (a INTEGER) STRICT"})));
  const auto before = read_file(file);
  CHECK(code_of(cache::store::open(file, account, {})) == errc::cache_newer);
  CHECK(code_of(cache::reader::open(file)) == errc::cache_newer);
  CHECK(read_file(file) == before);
}

TEST_CASE("a migration that fails leaves the old file, usable as before") {
  const temporary_folder folder;
  const auto file = folder.file("cache.db");
  const auto inbox = make_old(file);
  SUBCASE("SQL that cannot run") {
    const auto steps =
        steps_with({"CREATE TABLE extra (a INTEGER) STRICT", "DELETE FROM message; UPDATE nothing SET a = 1"});
    CHECK(code_of(cache::open_for_writing(file, account, false, steps)) != std::nullopt);
  }
  SUBCASE("an outcome that breaks a reference") {
    const auto steps = steps_with({"DELETE FROM body"});
    CHECK(code_of(cache::open_for_writing(file, account, false, steps)) == errc::cache_damaged);
  }
  const auto s = open_store(file);
  const auto r = open_reader(file);
  CHECK(read_body(*r, inbox, 7) == "Subject: old\r\n\r\nkept");
  CHECK(code_of(r->check_integrity()) == std::nullopt);
}

TEST_CASE("a reader does not guess at an old file") {
  const temporary_folder folder;
  const auto file = folder.file("cache.db");
  make_old(file);
  const auto refused = cache::open_for_reading(file, steps_with({"CREATE TABLE extra (a INTEGER) STRICT"}));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::cache_unavailable);
  CHECK(refused.error().detail.find("older") != std::string::npos);
}

TEST_CASE("the writer's connection keeps foreign keys after a migration") {
  const temporary_folder folder;
  const auto file = folder.file("cache.db");
  const auto s = open_store(file);
  need(s->begin());
  CHECK(code_of(s->put_header(4711, arrival(1, "h"))) == errc::invalid_argument);
}
