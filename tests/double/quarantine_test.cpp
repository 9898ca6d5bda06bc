// Messages that cannot be had for now: asked for again, and not taken for something else meanwhile.
#include <doctest/doctest.h>

#include <atomic>
#include <string>

#include "double_fixture.hpp"
#include "outmap/store.hpp"

using namespace outmap;
using namespace outmap::test;

namespace {

struct quarantine_fixture : double_fixture {
  quarantine_fixture() {
    options.hooks.on_fetch = [this](std::string_view, std::uint32_t uid) {
      if (uid != 3) return exchange::fetch_fault::none;
      ++asked;
      return broken ? exchange::fetch_fault::no_data : exchange::fetch_fault::none;
    };
    for (unsigned i = 1; i <= 6; ++i) mail().add("INBOX", text_of_size(300, i));
  }
  void rendered_badly(bool yes) {
    server->quirks().off();
    if (yes) server->quirks().on({.which = exchange::field_quirk::placeholder, .uids = {3}});
  }
  [[nodiscard]] std::uint64_t quarantined() const {
    auto opened = store::open(config.cache);
    REQUIRE(opened);
    return opened->folder("INBOX")->quarantined;
  }
  std::atomic<bool> broken = false;
  std::atomic<int> asked = 0;
};

sync_options retrying(sync_depth depth = sync_depth::full) {
  sync_options how;
  how.depth = depth;
  how.retry_quarantined = true;
  return how;
}

}  // namespace

TEST_CASE_FIXTURE(quarantine_fixture, "the first retry comes with the next run, the second not before its time") {
  broken = true;
  CHECK(run().folders.at(0).quarantined == 1);
  for (const auto depth : {sync_depth::quick, sync_depth::full}) {
    asked = 0;
    sync_options how;
    how.depth = depth;
    CHECK(run(how).folders.at(0).quarantined == 1);
    CHECK((asked > 0) == (depth == sync_depth::quick));
  }
  asked = 0;
  CHECK(run(retrying()).folders.at(0).quarantined == 1);
  CHECK(asked > 0);
  broken = false;
  run_well(retrying(sync_depth::quick));
  CHECK(quarantined() == 0);
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(quarantine_fixture, "what is expunged while it is in quarantine is forgotten") {
  broken = true;
  run();
  CHECK(quarantined() == 1);
  mail().expunge("INBOX", 3);
  run_well();
  CHECK(quarantined() == 0);
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(quarantine_fixture, "words in place of a message are kept, and the message replaces them") {
  rendered_badly(true);
  const auto first = run();
  REQUIRE(first.failure);
  CHECK(first.failure->code == errc::incomplete);
  CHECK(first.folders.at(0).quarantined == 1);
  CHECK(held("INBOX").at(3).second.find("Retrieval using") != std::string::npos);
  CHECK(quarantined() == 1);

  // Asked for again at once, then not before its time.
  server->log().reset();
  CHECK(run().folders.at(0).quarantined == 1);
  CHECK(server->log().totals().bodies == 1);
  rendered_badly(false);
  server->log().reset();
  CHECK(run().folders.at(0).quarantined == 1);
  CHECK(server->log().totals().bodies == 0);
  CHECK(held("INBOX").at(3).second.find("Retrieval using") != std::string::npos);

  run_well(retrying());
  CHECK(quarantined() == 0);
  check_equal("INBOX");
  auto opened = store::open(config.cache);
  const auto header = opened->header(opened->folder("INBOX")->mailbox, uid{3});
  REQUIRE(header);
  CHECK(header->find("Subject: 3\r\n") != std::string::npos);
  server->log().reset();
  run_well();
  CHECK(server->log().totals().bodies == 0);
}

TEST_CASE_FIXTURE(quarantine_fixture, "a quick sync replaces words by their message, too") {
  rendered_badly(true);
  run();
  rendered_badly(false);
  sync_options quick;
  quick.depth = sync_depth::quick;
  run_well(quick);
  CHECK(quarantined() == 0);
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(quarantine_fixture,
                  "OIMAP-V0003 words in place of a message are not adopted after a new UIDVALIDITY") {
  rendered_badly(true);
  run();
  rendered_badly(false);
  mail().change_uid_validity("INBOX");
  run_well();
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(quarantine_fixture, "a mail about such words is a mail") {
  mail().add("INBOX",
             "Received: by mail.example.org\r\nFrom: Microsoft Exchange\r\nSubject: Retrieval using the IMAP4 protocol "
             "failed for the following message: 7\r\n\r\nwords\r\n");
  run_well();
  CHECK(quarantined() == 0);
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(quarantine_fixture,
                  "OIMAP-V0003 with nothing kept, what a new UIDVALIDITY left stays until every message has come") {
  config.keep_expunged = 0;
  run_well();
  mail().change_uid_validity("INBOX");
  broken = true;
  CHECK(run().folders.at(0).quarantined == 1);
  broken = false;
  server->log().reset();
  CHECK(run_well(retrying()).folders.at(0).adopted == 1);
  CHECK(server->log().totals().bodies == 0);
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(double_fixture, "INTERNALDATE that was lost with a header is asked for by the next sync, once") {
  for (unsigned i = 1; i <= 6; ++i) mail().add("INBOX", text_of_size(300, i), {}, {1700000000 + i, 0});
  std::atomic<int> headers = 0;
  exchange::hooks hooks;
  // The header form of the first run brings nothing.
  hooks.on_command = [&](const exchange::command_seen& c) -> std::optional<exchange::action> {
    if (c.line.find("BODY.PEEK[HEADER]") == std::string::npos || ++headers != 1) return std::nullopt;
    exchange::action out;
    out.instead = c.tag + " OK done\r\n";
    return out;
  };
  server->set_hooks(hooks);
  const auto dated = [&] {
    auto opened = store::open(config.cache);
    REQUIRE(opened);
    std::size_t out = 0;
    const auto read = opened->messages(mailbox_name("INBOX"), [&](const stored_message& m) {
      out += m.date && m.date->unix_seconds == 1700000000 + m.uid.value ? 1 : 0;
      return true;
    });
    REQUIRE(read);
    return out;
  };
  run_well();
  CHECK(dated() == 0);
  server->log().reset();
  run_well();
  CHECK(dated() == 6);
  CHECK(server->log().totals().bodies == 0);
  run_well();
  CHECK(headers == 2);
  check_equal("INBOX");
}
