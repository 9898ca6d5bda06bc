// Dry runs: each thing that they foretell, and that they touch nothing.
#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "double/dry_fixture.hpp"
#include "outmap/outbox.hpp"
#include "outmap/store.hpp"

using namespace outmap;
using namespace outmap::test;

namespace {

std::string names_of(const std::vector<folder_info>& folders) {
  std::string out;
  for (const auto& f : folders) out += (out.empty() ? "" : ",") + f.name;
  return out;
}

}  // namespace

TEST_CASE_FIXTURE(dry_fixture, "without a cache everything is new to a dry run, and no file is made") {
  begin();
  fill();
  const auto report = dry();
  CHECK(report.forecast->pending);
  CHECK(names_of(report.forecast->folders_new) == "INBOX,Archive,Archive/2023,Drafts");
  CHECK(report_of(report, "INBOX").added == 12);
  CHECK(report_of(report, "INBOX").bodies == 12);
  CHECK(report_of(report, "INBOX").forecast->is_new);
  CHECK_FALSE(fs::exists(config.cache));
  config.cache = dir / "no/such/folder/cache";
  CHECK(dry().forecast->pending);
  CHECK_FALSE(fs::exists(dir / "no"));
  config.cache = dir / "cache";
  check_came_true(report, run_well());
  const auto after = dry();
  CHECK_FALSE(after.forecast->pending);
  CHECK_FALSE(after.failure);
  CHECK(after.folders.size() == 4);
}

TEST_CASE_FIXTURE(dry_fixture, "a dry run says nothing to the server that could change it") {
  begin();
  fill();
  run_well();
  {
    auto box = outbox::open(config.cache);
    REQUIRE(box);
    uid_set one;
    one.add(uid{1});
    REQUIRE(box->mark(mailbox_name("INBOX"), one, {0, static_cast<std::uint8_t>(system_flag::seen)}));
  }
  const auto report = dry();
  CHECK(report.forecast->waiting == 1);
  CHECK(report.forecast->pending);
  for (const char* word : {"STORE", "APPEND", "EXPUNGE", "CREATE", "DELETE", "RENAME", "SUBSCRIBE", "COPY", "CLOSE"}) {
    CAPTURE(word);
    CHECK(said(std::string(" ") + word) == 0);
  }
  CHECK(outbox::open(config.cache)->list()->size() == 1);
  // A backup would not send it.
  backup_options how;
  how.what.dry_run = true;
  const auto foretold = backup(how);
  REQUIRE(foretold);
  CHECK(foretold->sync.forecast->waiting == 0);
  CHECK_FALSE(foretold->sync.forecast->pending);
  CHECK_FALSE(config.read_only);
}

TEST_CASE_FIXTURE(dry_fixture, "a dry run foretells each guard, in the words of the run") {
  begin();
  fill_inbox(30);
  for (const char* name : {"A", "B", "C", "D", "E"}) mail().create(name);
  run_well();
  for (std::uint32_t u = 1; u <= 25; ++u) mail().expunge("INBOX", u);
  fill_inbox(2);
  auto foretold = dry();
  REQUIRE(foretold.failure);
  CHECK(foretold.failure->code == errc::guard_tripped);
  CHECK(report_of(foretold, "INBOX").vanished == 0);
  CHECK(report_of(foretold, "INBOX").added == 2);
  check_came_true(foretold, run());
  sync_options allowed;
  allowed.allow_deletions = deletion_limit::none();
  foretold = dry(allowed);
  CHECK_FALSE(foretold.failure);
  CHECK(report_of(foretold, "INBOX").vanished == 25);
  check_came_true(foretold, run_well(allowed));

  // UIDVALIDITY anew with far fewer messages: nothing is done about the folder.
  fill_inbox(30);
  run_well();
  const auto all = mail().messages("INBOX");
  for (std::size_t i = 0; i < 30; ++i) mail().expunge("INBOX", all[i].uid);
  mail().change_uid_validity("INBOX");
  foretold = dry();
  REQUIRE(foretold.failure);
  CHECK(report_of(foretold, "INBOX").uid_validity_changed);
  CHECK_FALSE(report_of(foretold, "INBOX").forecast->pending);
  check_came_true(foretold, run());
  run_well(allowed);

  for (const char* name : {"A", "B", "C", "D"}) mail().remove_folder(name);
  foretold = dry();
  REQUIRE(foretold.failure);
  CHECK(foretold.failure->reach == scope::account);
  CHECK(names_of(foretold.forecast->folders_gone) == "A,B,C,D");
  CHECK(failure_of(foretold.failure) == failure_of(run().failure));
  foretold = dry(allowed);
  CHECK_FALSE(foretold.failure);
  CHECK(foretold.forecast->pending);
  run_well(allowed);
  CHECK_FALSE(pending());
}

TEST_CASE_FIXTURE(dry_fixture, "a renamed folder is a new one and one that is gone, and a subscription is a change") {
  begin();
  fill();
  run_well();
  mail().rename("Drafts", "Half done");
  mail().subscribe("INBOX");
  const auto foretold = dry();
  CHECK(names_of(foretold.forecast->folders_new) == "Half done");
  CHECK(names_of(foretold.forecast->folders_gone) == "Drafts");
  CHECK(names_of(foretold.forecast->folders_changed) == "INBOX");
  CHECK(foretold.forecast->folders_changed.front().subscribed);
  CHECK(report_of(foretold, "Half done").added == 2);
  check_came_true(foretold, run_well());
  CHECK_FALSE(pending());
  // It comes back, and the cache still has its mail.
  mail().rename("Half done", "Drafts");
  const auto back = dry();
  CHECK(names_of(back.forecast->folders_new) == "Drafts");
  CHECK_FALSE(report_of(back, "Drafts").forecast->is_new);
  check_came_true(back, run_well());
}

TEST_CASE_FIXTURE(dry_fixture, "a dry run says how much of what is kept would be given up for good") {
  begin();
  fill_inbox(10);
  run_well();
  mail().expunge("INBOX", 1);
  mail().expunge("INBOX", 2);
  CHECK(report_of(dry(), "INBOX").forecast->given_up == 0);
  run_well();
  REQUIRE(expunged_held() == 2);
  CHECK_FALSE(pending());
  mail().expunge("INBOX", 3);
  config.keep_expunged = 1;
  CHECK(report_of(dry(), "INBOX").forecast->given_up == 0);
  config.keep_expunged = 0;
  CHECK(report_of(dry(), "INBOX").forecast->given_up == 3);
  CHECK(pending());
  run_well();
  CHECK(expunged_held() == 0);
  CHECK_FALSE(pending());
}

TEST_CASE_FIXTURE(dry_fixture, "a dry run knows what waits in quarantine, and what would be asked for again") {
  begin();
  fill_inbox(6);
  exchange::hooks hooks;
  hooks.on_fetch = [](std::string_view, std::uint32_t which) {
    return which == 4 ? exchange::fetch_fault::no_data : exchange::fetch_fault::none;
  };
  server->set_hooks(hooks);
  REQUIRE(run().failure);
  CHECK(report_of(dry(), "INBOX").bodies == 1);
  REQUIRE(run().failure);
  // From the second failure on it is left alone for an hour.
  auto foretold = dry();
  CHECK(report_of(foretold, "INBOX").bodies == 0);
  CHECK(report_of(foretold, "INBOX").quarantined == 1);
  CHECK_FALSE(foretold.forecast->pending);
  check_came_true(foretold, run());
  server->set_hooks({});
  sync_options now;
  now.retry_quarantined = true;
  foretold = dry(now);
  CHECK(foretold.forecast->pending);
  CHECK_FALSE(foretold.failure);
  check_came_true(foretold, run_well(now));
  CHECK_FALSE(pending(now));
}

TEST_CASE_FIXTURE(dry_fixture, "headers alone, and a quick look, are foretold as such") {
  begin();
  fill();
  config.bodies = body_mode::none;
  auto foretold = dry();
  CHECK(report_of(foretold, "INBOX").bodies == 0);
  check_came_true(foretold, run_well());
  CHECK_FALSE(pending());
  config.bodies = body_mode::all;
  foretold = dry();
  CHECK(report_of(foretold, "INBOX").added == 0);
  CHECK(report_of(foretold, "INBOX").bodies == 12);
  CHECK(foretold.forecast->pending);
  check_came_true(foretold, run_well());
  mail().set_flags("INBOX", 3, flag_set(31));
  sync_options quick;
  quick.depth = sync_depth::quick;
  CHECK_FALSE(pending(quick));
  CHECK(pending());
}

TEST_CASE_FIXTURE(dry_fixture, "a dry run refuses the cache of another account, and needs no lock") {
  begin();
  fill();
  run_well();
  CHECK_FALSE(pending());
  config.host = "127.0.0.1";
  const auto refused = try_dry();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::cache_other_account);
  config.cache = dir.write("cache.txt", "no cache at all");
  const auto foreign = try_dry();
  REQUIRE_FALSE(foreign);
  CHECK(foreign.error().code == errc::cache_foreign);
}

TEST_CASE_FIXTURE(dry_fixture, "a dry run goes on with a cache that a mistyped account made, and leaves it as it is") {
  begin();
  fill();
  config.user = "ana";
  CHECK_FALSE(account(config, &watch).sync());
  config.user = "anna";
  config.password = secret("s3cret");
  REQUIRE(fs::exists(config.cache));
  const auto foretold = dry();
  CHECK(foretold.forecast->pending);
  CHECK(report_of(foretold, "INBOX").added == 12);
  check_came_true(foretold, run_well());
}

TEST_CASE_FIXTURE(dry_fixture, "a dry backup records nothing and seals nothing") {
  begin();
  fill();
  back_up_well();
  fill_inbox(1);
  const auto on_disk = all_below(dir.path());
  backup_options how;
  how.what.dry_run = true;
  const auto foretold = backup(how);
  REQUIRE(foretold);
  CHECK(differing(on_disk, all_below(dir.path())) == "");
  CHECK(foretold->sync.forecast->pending);
  CHECK(foretold->seal.empty());
  CHECK_FALSE(foretold->unsealed);
  CHECK(backup_runs(config.cache)->size() == 1);
  check_came_true(foretold->sync, back_up_well().sync);
}

TEST_CASE_FIXTURE(dry_fixture, "a link that is cut anywhere ends a dry run as a run, and nothing is touched") {
  begin();
  fill();
  run_well();
  fill_inbox(3);
  CHECK(pending());
  unsigned broken = 0;
  for (std::uint64_t at = 0;; at += 13) {
    link->cut_next_behind({"LIST"}, at);
    const auto got = try_dry();
    if (got && !got->failure) break;
    ++broken;
    const auto failure = got ? *got->failure : got.error();
    CAPTURE(at);
    CHECK_MESSAGE(failure.code == errc::connection_lost, failure.message());
  }
  CHECK(broken > 40);
  settle_server();
  const auto foretold = dry();
  check_came_true(foretold, run_well());
}

TEST_CASE_FIXTURE(dry_fixture, "a throttled dry run waits as long as it is asked to, and no longer than a run") {
  begin();
  fill();
  run_well();
  std::atomic<int> left{3};
  std::string time = "20";
  exchange::hooks hooks;
  hooks.on_command = [&](const exchange::command_seen& c) -> std::optional<exchange::action> {
    if (c.name != "SELECT" || left-- <= 0) return std::nullopt;
    exchange::action refuse;
    refuse.instead = c.tag + " NO Request is throttled. Suggested Backoff Time: " + time + " milliseconds\r\n";
    return refuse;
  };
  server->set_hooks(hooks);
  CHECK_FALSE(dry().failure);
  CHECK(left < 0);
  left = 1;
  time = "3600000";
  const auto throttled = dry();
  REQUIRE(throttled.failure);
  CHECK(throttled.failure->code == errc::throttled);
  CHECK(throttled.folders.size() == 1);
}

TEST_CASE_FIXTURE(dry_fixture, "a dry run that is cancelled while the server is silent ends so, and soon") {
  begin();
  fill();
  run_well();
  exchange::hooks hooks;
  hooks.on_command = [](const exchange::command_seen& c) -> std::optional<exchange::action> {
    exchange::action a;
    a.stall = c.name == "UID FETCH" && c.mailbox == "Archive";
    return a;
  };
  server->set_hooks(hooks);
  const auto on_disk = all_below(dir.path());
  sync_options how;
  how.dry_run = true;
  account a(config, &watch);
  const auto asked_before = server->log().commands().size();
  std::thread other([&] {
    for (std::size_t seen = 1; server->log().wait_for("UID FETCH", seen); ++seen) {
      const auto all = server->log().commands();
      for (auto at = asked_before; at < all.size(); ++at) {
        if (all[at].name == "UID FETCH" && all[at].mailbox == "Archive") return a.cancel();
      }
    }
  });
  const auto report = a.sync(how);
  other.join();
  REQUIRE(report);
  REQUIRE(report->failure);
  CHECK(report->failure->code == errc::cancelled);
  CHECK(differing(on_disk, all_below(dir.path())) == "");
}
