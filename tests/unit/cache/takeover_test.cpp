// A cache that was made for a mistyped account and never held anything.
#include <functional>

#include "cache/cache_file.hpp"
#include "cache/run_chain.hpp"
#include "outbox_support.hpp"

using namespace cache_test;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view mistyped = "anna@mial.example";

std::optional<errc> opening(const fs::path& file, std::string_view who) {
  return code_of(cache::store::open(file, who, {}));
}

std::string owner_of(const fs::path& file) { return need(open_reader(file)->account()); }

void make_for_nothing(const fs::path& file) { need(cache::store::open(file, mistyped, {})); }

}  // namespace

TEST_CASE("a cache that was made for a mistyped account and never held a folder is the corrected one's") {
  const temporary_folder dir;
  const auto file = dir.file("c");
  make_for_nothing(file);
  REQUIRE(owner_of(file) == mistyped);
  {
    const auto s = open_store(file);
    const auto inbox = make_folder(*s);
    committed(*s, [&](cache::store& in) { need(in.put_body(inbox, uid{1}, flag_set(), "Subject: a\r\n\r\nhello")); });
  }
  CHECK(owner_of(file) == account);
  CHECK(opening(file, account) == std::nullopt);
  CHECK(opening(file, mistyped) == errc::cache_other_account);
}

TEST_CASE("what has held anything of another account is not taken over") {
  const temporary_folder dir;
  const auto file = dir.file("c");
  {
    const auto s = need(cache::store::open(file, mistyped, {}));
    SUBCASE("a folder") { make_folder(*s); }
    SUBCASE("a folder that is gone") {
      make_folder(*s);
      committed(*s, [](cache::store& in) { need(in.mark_gone_except({})); });
    }
    SUBCASE("a run that found none") {
      committed(*s, [](cache::store& in) { need(in.put_run({10, 11, "complete", 0, 0})); });
    }
    SUBCASE("a change that waits") {
      record(*need(cache::outbox::open(file, mistyped)), of_kind(change_kind::create, "New"));
    }
  }
  const auto before = read_file(file);
  CHECK(opening(file, account) == errc::cache_other_account);
  CHECK(read_file(file) == before);
  CHECK(opening(file, mistyped) == std::nullopt);
}

TEST_CASE("a cache that another run has open is not taken over") {
  const temporary_folder dir;
  const auto file = dir.file("c");
  const auto held = need(cache::store::open(file, mistyped, {}));
  CHECK(opening(file, account) == errc::cache_locked);
  CHECK(owner_of(file) == mistyped);
}

TEST_CASE("what the corrected account has recorded goes with the cache") {
  const temporary_folder dir;
  const auto file = dir.file("c");
  make_for_nothing(file);
  const auto id = record(*open_outbox(file), of_kind(change_kind::create, "New"));
  CHECK(opening(file, account) == std::nullopt);
  CHECK(need(need(cache::outbox::open_existing(file, account))->list()).front().id == id);
}

TEST_CASE("the record of backups that failed stays with a cache that is taken over") {
  const temporary_folder dir;
  const auto file = dir.file("c");
  {
    const auto s = need(cache::store::open(file, mistyped, {}));
    cache::backup_record run;
    run.ended_at = 11;
    run.outcome = "network";
    need(s->put_backup(run));
    need(s->put_seal(12, {}));
  }
  CHECK(opening(file, account) == std::nullopt);
  const auto chain = need(cache::read_runs(cache::runs_of(file)));
  CHECK(chain.faults.empty());
  CHECK(chain.entries.size() == 3);
  CHECK_FALSE(chain.is_sealed());
}

TEST_CASE("a cache of an older version that never held anything is taken over and brought up to date") {
  const temporary_folder dir;
  const auto file = dir.file("c");
  {
    auto db = need(cache::database::open(file.native(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
    need(db.run(
        ("PRAGMA journal_mode = WAL; PRAGMA application_id = " + std::to_string(cache::application_id)).c_str()));
    need(db.run(cache::migrations()[0].sql));
    need(
        db.run("PRAGMA user_version = 1;"
               "INSERT INTO meta (id, account, created) VALUES (1, CAST('anna@mial.example' AS BLOB), 5)"));
  }
  SUBCASE("empty") {
    CHECK(opening(file, account) == std::nullopt);
    CHECK(owner_of(file) == account);
  }
  SUBCASE("with a folder") {
    auto db = need(cache::database::open(file.native(), SQLITE_OPEN_READWRITE));
    need(
        db.run("INSERT INTO folder (id, mailbox, noselect, noinferiors, subscribed) VALUES"
               " (1, CAST('INBOX' AS BLOB), 0, 0, 1)"));
    CHECK(opening(file, account) == errc::cache_other_account);
  }
}

TEST_CASE("an outbox of another account is taken over while it holds no change, and not by who opened it before") {
  const temporary_folder dir;
  const auto file = dir.file("c");
  const auto before = need(cache::outbox::open(file, mistyped));
  need(before->drop(record(*before, of_kind(change_kind::create, "Wrong"))));
  CHECK(need(cache::outbox::open_existing(file, account)) == nullptr);

  const auto ours = open_outbox(file);
  CHECK(code_of(before->record(of_kind(change_kind::create, "Late"))) == errc::cache_other_account);
  auto late = of_kind(change_kind::append, "INBOX");
  CHECK(code_of(before->record_append(late, "Subject: late\r\n\r\n")) == errc::cache_other_account);
  CHECK(need(ours->list()).empty());
  record(*ours, of_kind(change_kind::create, "Right"));
  CHECK(code_of(cache::outbox::open(file, mistyped)) == errc::cache_other_account);
}
