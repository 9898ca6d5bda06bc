// Backups: that they only read, what they record, and what verify makes of store and server.
#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "cache/store.hpp"
#include "double/archive_fixture.hpp"
#include "outmap/outbox.hpp"

using namespace outmap;
using namespace outmap::test;

namespace {

verify_report store_verified(const account_config& config) {
  const std::atomic<bool> never{false};
  auto report = verify_store(config.cache, never);
  REQUIRE_MESSAGE(report, report.error().message());
  return *report;
}

std::set<finding_kind> kinds_of(const verify_report& report) {
  std::set<finding_kind> out;
  for (const auto& f : report.findings) out.insert(f.kind);
  return out;
}

}  // namespace

TEST_CASE_FIXTURE(archive_fixture, "a backup copies everything, changes nothing, leaves a record and a seal") {
  begin();
  fill();
  const auto before = on_server();
  const auto first = back_up_well();
  CHECK((on_server() == before));
  CHECK(first.run.outcome == "complete");
  CHECK(first.run.folders == 4);
  CHECK(first.run.bodies == 28);
  CHECK(first.run.held_messages == 28);
  CHECK(first.run.held_octets > 10'000);
  CHECK(first.run.server == "localhost:" + std::to_string(config.port));
  CHECK(first.seal.size() == 64);
  const auto verified = store_verified(config);
  CHECK(verified.mismatches == 0);
  CHECK_FALSE(verified.failure);
  CHECK(verified.seal == first.seal);
  CHECK_FALSE(verified.changed_since_sealed);

  const auto second = back_up_well();
  CHECK(second.run.bodies == 0);
  CHECK(second.seal != first.seal);
  const auto runs = backup_runs(config.cache);
  REQUIRE(runs);
  REQUIRE(runs->size() == 2);
  CHECK(runs->front().bodies == 28);
  CHECK(backup_runs(config.cache, 1)->front().bodies == 0);
  // A sync is no backup: it is recorded nowhere here, and what it changes is not what was sealed.
  mail().add("INBOX", text_of_size(200, 500));
  run_well();
  CHECK(store_verified(config).changed_since_sealed);
  CHECK(store_verified(config).mismatches == 0);
}

TEST_CASE_FIXTURE(archive_fixture, "a backup leaves the outbox alone, and sends nothing that changes the server") {
  begin();
  fill();
  back_up_well();
  {
    auto box = outbox::open(config.cache);
    REQUIRE(box);
    uid_set one;
    one.add(uid{1});
    REQUIRE(box->mark(mailbox_name("INBOX"), one, {static_cast<std::uint8_t>(system_flag::seen), 0}));
  }
  back_up_well();
  for (const char* word : {"STORE", "APPEND", "EXPUNGE", "CREATE", "DELETE", "RENAME", "SUBSCRIBE", "COPY", "CLOSE"}) {
    CAPTURE(word);
    CHECK(said(std::string(" ") + word) == 0);
  }
  CHECK(outbox::open(config.cache)->list()->size() == 1);
}

TEST_CASE_FIXTURE(archive_fixture, "a run that failed is recorded, too") {
  begin();
  fill();
  back_up_well();
  const auto right = config.password;
  config.password = secret("wrong");
  const auto refused = backup();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::authentication_failed);
  config.password = right;
  const auto runs = backup_runs(config.cache);
  REQUIRE(runs->size() == 2);
  CHECK(runs->back().outcome == "failed");
  CHECK_FALSE(runs->back().problem.empty());
  CHECK(runs->back().held_messages == 28);

  mail().expunge("INBOX", 1);
  exchange::hooks hooks;
  hooks.on_fetch = [](std::string_view, std::uint32_t which) {
    return which == 20 ? exchange::fetch_fault::no_data : exchange::fetch_fault::none;
  };
  for (unsigned i = 0; i < 8; ++i) mail().add("INBOX", text_of_size(300, 900 + i));
  server->set_hooks(hooks);
  const auto partial = backup();
  REQUIRE(partial);
  REQUIRE(partial->sync.failure);
  CHECK(partial->run.outcome == "partial");
  CHECK(partial->run.quarantined == 1);
  CHECK(partial->run.held_expunged == 1);
  CHECK(partial->seal.size() == 64);
}

TEST_CASE_FIXTURE(archive_fixture, "a backup fails at once on a locked cache, or waits for it") {
  begin();
  fill();
  back_up_well();
  auto held = cache::store::open(config.cache, "anna@localhost", {});
  REQUIRE(held);
  const auto refused = backup();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::cache_locked);
  backup_options patient;
  patient.lock_wait = std::chrono::minutes(1);
  std::thread release([&held] { held->reset(); });
  const auto waited = backup(patient);
  release.join();
  REQUIRE_MESSAGE(waited, waited.error().message());
  CHECK(waited->run.outcome == "complete");
}

TEST_CASE_FIXTURE(archive_fixture, "the guard stops a backup of a mailbox that was emptied") {
  begin();
  for (unsigned i = 0; i < 30; ++i) mail().add("INBOX", text_of_size(200, i));
  back_up_well();
  empty_server();
  const auto stopped = backup();
  REQUIRE(stopped);
  REQUIRE(stopped->sync.failure);
  CHECK(stopped->sync.failure->code == errc::guard_tripped);
  CHECK(stopped->run.held_messages == 30);
  CHECK(store_verified(config).mismatches == 0);
}

TEST_CASE_FIXTURE(archive_fixture, "verify finds what the server has otherwise, and what came later is no mismatch") {
  begin();
  fill();
  back_up_well();
  const auto equal = verify();
  REQUIRE_MESSAGE(equal, equal.error().message());
  CHECK(equal->mismatches == 0);
  CHECK(equal->messages == 28);
  CHECK(equal->folders == 4);
  CHECK_FALSE(equal->failure);

  mail().add("INBOX", text_of_size(200, 600));
  CHECK(verify()->newer == 1);
  CHECK(verify()->mismatches == 0);

  mail().expunge("Archive", 3);
  mail().set_flags("INBOX", 2, flag_set(31));
  const auto changed = verify();
  CHECK(changed->mismatches == 2);
  CHECK(kinds_of(*changed) == std::set{finding_kind::missing_on_server, finding_kind::flags_differ});
  REQUIRE(changed->failure);
  CHECK(changed->failure->code == errc::verification_failed);

  back_up_well();
  CHECK(verify()->mismatches == 0);
  mail().change_uid_validity("Drafts");
  const auto anew = verify();
  CHECK(kinds_of(*anew) == std::set{finding_kind::uid_validity});
  REQUIRE(anew->failure);
  CHECK(anew->failure->code == errc::uid_validity_changed);
  mail().remove_folder("Drafts");
  CHECK(kinds_of(*verify()) == std::set{finding_kind::folder_missing});
}

TEST_CASE_FIXTURE(archive_fixture, "verify fetches messages again, all or a sample, and names the one that differs") {
  begin();
  fill();
  back_up_well();
  verify_options how;
  how.content = true;
  const auto all = verify(how);
  REQUIRE_MESSAGE(all, all.error().message());
  CHECK(all->bodies == 28);
  CHECK(all->same == 28);
  CHECK(all->mismatches == 0);
  how.sample = 0.25;
  const auto some = verify(how);
  CHECK(some->bodies >= 4);
  CHECK(some->bodies < 28);
  CHECK(some->same == some->bodies);

  REQUIRE(mail().revise_in_place("INBOX", 5, text_of_size(200, 999)));
  how.sample = 1;
  const auto one = verify(how);
  CHECK(one->mismatches == 1);
  REQUIRE(one->findings.size() == 1);
  CHECK(one->findings.front().kind == finding_kind::content_differs);
  CHECK(one->findings.front().which == uid{5});
  CHECK(one->findings.front().folder == "INBOX");
}

TEST_CASE("NTLM-PB9 what an Exchange writes anew at each retrieval is explained") {
  archive_fixture f;
  const auto known = exchange::personality::by_name("2013");
  REQUIRE(known);
  f.options.behaves = *known;
  f.begin();
  const std::string mime =
      "Message-ID: <m@example.com>\r\nSubject: parts\r\nMIME-Version: 1.0\r\n"
      "Content-Type: multipart/mixed; boundary=\"one\"\r\n\r\n--one\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
      "--one\r\nContent-Type: text/html\r\n\r\n<p>hello</p>\r\n--one--\r\n";
  f.mail().add("INBOX", mime);
  f.back_up_well();
  verify_options how;
  how.content = true;
  const auto report = f.verify(how);
  REQUIRE_MESSAGE(report, report.error().message());
  CHECK(report->bodies == 1);
  CHECK(report->mismatches == 0);
  CHECK(report->same + report->rewritten == 1);
}
