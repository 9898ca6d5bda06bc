// RENAME through the outbox: what the cache holds of a folder goes with it.
#include <doctest/doctest.h>

#include <algorithm>

#include "double/outbox_fixture.hpp"
#include "outmap/store.hpp"
#include "support/mail_text.hpp"

using namespace outmap;
using namespace outmap::test;

namespace {

struct renames : outbox_fixture {
  renames() {
    begin();
    for (const char* const name : {"Work", "Work/Deep", "Workshop"}) {
      mail().create(name);
      mail().add(name, mail_text(std::string("in ") + name), {}, {1700000000, 0});
    }
    mail().add("INBOX", mail_text("one"), {}, {1700000000, 0});
    const auto first = a.sync();
    REQUIRE_MESSAGE(first, first.error().message());
    server->log().reset();
  }
  outbox_report sent() {
    auto report = a.send();
    REQUIRE_MESSAGE(report, report.error().message());
    if (report->failure) FAIL_CHECK(report->failure->message());
    settle_server();
    return *report;
  }
  std::uint64_t bodies_of_a_sync() {
    const auto report = a.sync();
    REQUIRE_MESSAGE(report, report.error().message());
    if (report->failure) FAIL_CHECK(report->failure->message());
    std::uint64_t out = 0;
    for (const auto& folder : report->folders) out += folder.bodies;
    return out;
  }
  // "name:Subject…" of what an app sees.
  std::string seen(const std::string& name) {
    auto from = store::open(a.config.cache);
    REQUIRE(from);
    std::string out;
    const mailbox_name box(name);
    std::vector<stored_message> all;
    const auto read = from->messages(box, [&](const stored_message& m) {
      all.push_back(m);
      return true;
    });
    if (!read) return read.error().code == errc::no_such_mailbox ? "none" : read.error().message();
    for (const auto& m : all) {
      const auto header = m.unsent ? from->header(box, *m.unsent) : from->header(box, m.uid);
      REQUIRE(header);
      out += (out.empty() ? "" : ", ") + summarize(*header).subject + (m.unsent ? " (unsent)" : "");
    }
    return out;
  }
};

}  // namespace

TEST_CASE_FIXTURE(renames, "a renamed folder has its mail at once and after a sync, and nothing is fetched again") {
  const auto validity = a.validity("Work");
  a.record(a.about(change_kind::rename, "Work", {}, "Play"));
  CHECK(seen("Play") == "in Work");
  CHECK(sent().sent == 1);
  CHECK(a.queue().empty());
  for (int round = 0; round < 2; ++round) {
    CHECK(seen("Play") == "in Work");
    CHECK(seen("Play/Deep") == "in Work/Deep");
    CHECK(seen("Workshop") == "in Workshop");
    CHECK(seen("Work") == "none");
    CHECK(a.validity("Play") == validity);
    if (round == 0) CHECK(bodies_of_a_sync() == 0);
  }
  for (const char* const name : {"Play", "Play/Deep", "Workshop"}) check_equal(name);
}

TEST_CASE_FIXTURE(renames, "what was sent to a folder before it was renamed goes with it") {
  a.record(a.about(change_kind::copy, "INBOX", {1}, "Work"));
  a.record(a.store("Work", {1}, bits({system_flag::flagged})));
  a.append("Work/Deep", mail_text("appended"));
  a.record(a.about(change_kind::rename, "Work", {}, "Play"));
  a.append("Play", mail_text("later"));
  CHECK(seen("Play") == "in Work, one (unsent), later (unsent)");
  CHECK(sent().sent == 5);
  CHECK(seen("Play") == "in Work, one (unsent), later (unsent)");
  CHECK(seen("Play/Deep") == "in Work/Deep, appended (unsent)");
  CHECK(bodies_of_a_sync() == 3);
  CHECK(a.queue().empty());
  CHECK(seen("Play") == "in Work, one, later");
  check_equal("Play");
  check_equal("Play/Deep");
}

TEST_CASE_FIXTURE(renames, "a rename whose answer is lost behind any octet takes the mail with it") {
  for (unsigned behind = 0; behind < 40; behind += 3) {
    CAPTURE(behind);
    const std::string from = behind == 0 ? "Work" : "Work" + std::to_string(behind - 3);
    const std::string to = "Work" + std::to_string(behind);
    a.record(a.about(change_kind::rename, from, {}, to));
    link->cut_next_behind({" RENAME "}, behind);
    const auto broken = a.send();
    link->last();
    settle_server();
    const auto repaired = sent();
    CHECK(repaired.refused + repaired.conflicts + repaired.left == 0);
    CHECK(a.queue().empty());
    CHECK(seen(to) == "in Work");
    CHECK(seen(to + "/Deep") == "in Work/Deep");
  }
  CHECK(bodies_of_a_sync() == 0);
}

TEST_CASE_FIXTURE(renames, "OIMAP-V0003 a server that numbers a renamed folder anew is believed, and bodies are kept") {
  a.record(a.about(change_kind::rename, "Work", {}, "Play"));
  CHECK(sent().sent == 1);
  mail().change_uid_validity("Play");
  CHECK(bodies_of_a_sync() == 0);
  CHECK(seen("Play") == "in Work");
  check_equal("Play");
}

TEST_CASE_FIXTURE(renames, "a refused rename leaves the folder as it is") {
  a.record(a.about(change_kind::rename, "Work", {}, "Workshop"));
  const auto report = sent();
  CHECK(report.refused == 1);
  CHECK(seen("Work") == "in Work");
  CHECK(seen("Workshop") == "in Workshop");
  CHECK(bodies_of_a_sync() == 0);
}
