// The outbox against the bundled server: each kind of change, and each conflict.
#include <doctest/doctest.h>

#include <algorithm>

#include "double/outbox_fixture.hpp"
#include "support/mail_text.hpp"

using namespace outmap;
using namespace outmap::test;

namespace {

struct changes : outbox_fixture {
  changes() {
    begin();
    mail().create("Archive");
    mail().create("Drafts");
    for (const char* const name : {"one", "two", "three"}) mail().add("INBOX", mail_text(name), {}, {1700000000, 0});
    const auto first = a.sync();
    REQUIRE_MESSAGE(first, first.error().message());
    server->log().reset();
  }

  outbox_report sent() {
    a.watch.came.clear();
    auto report = a.send();
    REQUIRE_MESSAGE(report, report.error().message());
    if (report->failure) FAIL_CHECK(report->failure->message());
    settle_server();
    return *report;
  }
  std::vector<std::string> commands(const std::string& word) {
    std::vector<std::string> out;
    for (auto& line : server->log().lines()) {
      if (line.find(word) != std::string::npos) out.push_back(line);
    }
    return out;
  }
  std::string flags(const std::string& folder, std::uint32_t uid) {
    return mail().find_message(folder, uid)->flags.to_string();
  }
  void check_synced() {
    const auto report = a.sync();
    REQUIRE_MESSAGE(report, report.error().message());
    if (report->failure) FAIL_CHECK(report->failure->message());
    CHECK(a.queue().empty());
    for (const char* const folder : {"INBOX", "Archive", "Drafts"}) check_equal(folder);
  }
};

}  // namespace

TEST_CASE_FIXTURE(changes, "OIMAP-V0056 OIMAP-V0005 each change of flags goes out in a form of the profile") {
  using enum system_flag;
  a.record(a.store("INBOX", {1, 2}, bits({seen, flagged, answered})));
  a.record(a.store("INBOX", {3}, bits({deleted, seen})));
  a.record(a.store("INBOX", {3}, 0, bits({deleted})));
  a.record(a.store("INBOX", {2}, bits({draft}), bits({flagged})));
  CHECK(sent().sent == 4);
  CHECK(commands("STORE") ==
        std::vector<std::string>{"UID STORE 1:2 +FLAGS.SILENT (\\Seen)", "UID STORE 1:2 +FLAGS.SILENT (\\Answered)",
                                 "UID STORE 1:2 +FLAGS.SILENT (\\Flagged)", "UID STORE 3 +FLAGS (\\Deleted \\Seen)",
                                 "UID STORE 3 -FLAGS.SILENT (\\Deleted)",
                                 "UID STORE 2 FLAGS (\\Seen \\Answered \\Draft)",
                                 "UID STORE 2 -FLAGS.SILENT (\\Flagged)"});
  CHECK(flags("INBOX", 1) == "\\Seen \\Answered \\Flagged");
  CHECK(flags("INBOX", 2) == "\\Seen \\Answered \\Draft");
  CHECK(flags("INBOX", 3) == "\\Seen");
  // The cache has them without a scan.
  CHECK(a.queue().empty());
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(changes, "OIMAP-V0056 \\Draft is not changed where that would cost a keyword") {
  flag_set with_keyword(bits({system_flag::seen}));
  with_keyword.add_keyword("$MDNSent");
  mail().set_flags("INBOX", 2, with_keyword);
  const auto id = a.record(a.store("INBOX", {1, 2}, bits({system_flag::draft, system_flag::flagged})));
  CHECK(sent().conflicts == 1);
  CHECK(flags("INBOX", 1) == "\\Flagged \\Draft");
  CHECK(flags("INBOX", 2) == "\\Seen \\Flagged $MDNSent");
  REQUIRE(a.queue().size() == 1);
  CHECK(a.queue().front().id == id);
  CHECK(a.queue().front().state == change_state::conflict);
  CHECK(a.watch.came.front().reason.find("keywords") != std::string::npos);
}

TEST_CASE_FIXTURE(changes,
                  "OIMAP-V0057 OIMAP-V0059 a copy and a move arrive, and the originals of a move are deleted") {
  a.record(a.about(change_kind::copy, "INBOX", {1, 2}, "Archive"));
  a.record(a.about(change_kind::move, "INBOX", {3}, "Drafts"));
  CHECK(sent().sent == 2);
  CHECK(texts("Archive") == std::vector<std::string>{mail_text("one"), mail_text("two")});
  CHECK(texts("Drafts") == std::vector<std::string>{mail_text("three")});
  CHECK(flags("INBOX", 3) == "\\Deleted");
  CHECK(commands("EXPUNGE").empty());
  CHECK(commands("STORE") == std::vector<std::string>{"UID STORE 3 +FLAGS.SILENT (\\Deleted)"});
  // Done, and kept until a scan shows them.
  for (const auto& c : a.queue()) CHECK(c.state == change_state::done);
  check_synced();
}

TEST_CASE_FIXTURE(
    changes, "OIMAP-V0058 XIMAP-2.1.2 a copy of what is gone, or into nothing, is a conflict and makes no mailbox") {
  a.record(a.about(change_kind::copy, "INBOX", {1}, "Nowhere"));
  a.record(a.about(change_kind::move, "INBOX", {2, 3}, "Archive"));
  mail().expunge("INBOX", 2);
  auto report = sent();
  CHECK(report.conflicts == 1);
  CHECK(report.sent == 1);
  CHECK(a.watch.came.at(0).server_text == "The mailbox does not exist.");
  CHECK(texts("Archive") == std::vector<std::string>{mail_text("three")});
  CHECK(server->log().count("CREATE") == 0);
  a.record(a.about(change_kind::copy, "INBOX", {2}, "Archive"));
  a.record(a.store("INBOX", {2}, bits({system_flag::seen})));
  report = sent();
  CHECK(report.conflicts == 1);
  // It waits for the copy of the same message.
  CHECK(report.left == 1);
  a.box()->drop(a.queue().front().id).value();
  for (const auto& c : a.queue()) {
    if (c.state == change_state::conflict) REQUIRE(a.box()->drop(c.id));
  }
  CHECK(sent().nothing_left == 1);
}

TEST_CASE_FIXTURE(changes, "OIMAP-V0013 OIMAP-V0046 a draft without the usual fields goes out in 7 bits") {
  a.append("Drafts",
           "Subject: Entw\xc3\xbcrfe\r\n\r\nGr\xc3\xbc\xc3\x9f"
           "e\r\n",
           bits({system_flag::draft, system_flag::seen}));
  CHECK(sent().sent == 1);
  const auto got = mail().messages("Drafts");
  REQUIRE(got.size() == 1);
  CHECK(got[0].flags.to_string() == "\\Seen \\Draft");
  CHECK(got[0].date.unix_seconds == 1700000000);
  CHECK(got[0].octets->find("From:") == std::string::npos);
  CHECK(got[0].octets->find("Gr=C3=BC=C3=9Fe") != std::string::npos);
  CHECK(std::all_of(got[0].octets->begin(), got[0].octets->end(),
                    [](char c) { return static_cast<signed char>(c) > 0; }));
  check_synced();
}

TEST_CASE_FIXTURE(changes, "OIMAP-V0047 what cannot be appended is kept with its octets") {
  const std::string cyrillic = "To: \xd0\xb0@example.com\r\n\r\nx\r\n";
  const auto wrong = a.append("Drafts", cyrillic);
  const auto nowhere = a.append("Nowhere", mail_text("new"));
  CHECK(sent().conflicts == 2);
  CHECK(server->log().count("APPEND") == 0);
  CHECK(server->log().count("CREATE") == 0);
  std::string kept;
  const auto keep = [&](std::string_view piece) {
    kept += piece;
    return true;
  };
  REQUIRE(a.box()->message(wrong, keep));
  REQUIRE(a.box()->message(nowhere, keep));
  CHECK(kept == cyrillic + mail_text("new"));
  // The user makes the folder and asks again.
  mail().create("Nowhere");
  REQUIRE(a.box()->retry(nowhere));
  CHECK(sent().sent == 1);
  CHECK(texts("Nowhere") == std::vector<std::string>{mail_text("new")});
}

TEST_CASE_FIXTURE(changes, "XIMAP-V0055 a purge takes what the user saw, and nothing that another has marked since") {
  mail().set_flags("INBOX", 1, flag_set(bits({system_flag::deleted})));
  mail().set_flags("INBOX", 2, flag_set(bits({system_flag::deleted})));
  REQUIRE(a.sync());
  a.record(a.about(change_kind::expunge, "INBOX", {1, 2}));
  mail().set_flags("INBOX", 3, flag_set(bits({system_flag::deleted})));
  CHECK(sent().conflicts == 1);
  CHECK(a.watch.came.front().reason.find(": 1 more messages") != std::string::npos);
  CHECK(server->log().count("EXPUNGE") == 0);
  mail().set_flags("INBOX", 3, {});
  REQUIRE(a.box()->retry(a.queue().front().id));
  CHECK(sent().sent == 1);
  CHECK(texts("INBOX") == std::vector<std::string>{mail_text("three")});
  CHECK(a.queue().empty());
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(
    changes,
    "OIMAP-V0019 XIMAP-V0027 XIMAP-V0028 folders are made, renamed and removed, and refusals have the server's text") {
  a.record(a.about(change_kind::create, "New"));
  a.append("New", mail_text("in it"));
  a.record(a.about(change_kind::subscribe, "New"));
  a.record(a.about(change_kind::rename, "New", {}, "Newer"));
  a.record(a.about(change_kind::remove, "Archive"));
  a.record(a.about(change_kind::create, "Drafts"));
  const auto report = sent();
  CHECK(report.sent == 5);
  CHECK(report.refused == 1);
  CHECK(a.watch.came.back().server_text == "A mailbox of that name exists.");
  CHECK(a.queue().back().server_text == "A mailbox of that name exists.");
  CHECK(texts("Newer") == std::vector<std::string>{mail_text("in it")});
  CHECK_FALSE(mail().find("Archive"));
  REQUIRE(a.box()->drop(a.queue().back().id));
  const auto synced = a.sync();
  REQUIRE(synced);
  CHECK(a.queue().empty());
  check_equal("Newer");
}

TEST_CASE_FIXTURE(changes, "OIMAP-V0003 after a new UIDVALIDITY the messages of a change are found again") {
  a.record(a.store("INBOX", {2}, bits({system_flag::flagged})));
  a.record(a.about(change_kind::move, "INBOX", {3}, "Archive"));
  mail().expunge("INBOX", 1);
  mail().change_uid_validity("INBOX");
  CHECK(sent().sent == 2);
  CHECK(flags("INBOX", 1) == "\\Flagged");
  CHECK(texts("Archive") == std::vector<std::string>{mail_text("three")});
  CHECK(flags("INBOX", 2) == "\\Deleted");
  check_synced();
}

TEST_CASE_FIXTURE(changes, "OIMAP-V0003 what cannot be told apart after a new UIDVALIDITY is a conflict") {
  mail().add("INBOX", mail_text("three"), {}, {1700000000, 0});
  REQUIRE(a.sync());
  a.record(a.store("INBOX", {3}, bits({system_flag::flagged})));
  mail().change_uid_validity("INBOX");
  CHECK(sent().conflicts == 1);
  CHECK(a.queue().front().state == change_state::conflict);
}

TEST_CASE_FIXTURE(changes, "OIMAP-V0003 nor can what the cache has forgotten") {
  auto old = a.store("INBOX", {1}, bits({system_flag::flagged}));
  mail().change_uid_validity("INBOX");
  REQUIRE(a.sync());
  a.record(old);
  CHECK(sent().conflicts == 1);
  CHECK(commands("STORE").empty());
}

TEST_CASE_FIXTURE(changes,
                  "a change on which the connection breaks each time does not keep the others from the server") {
  exchange::hooks hooks;
  hooks.on_command = [](const exchange::command_seen& c) -> std::optional<exchange::action> {
    if (c.name != "APPEND") return std::nullopt;
    exchange::action out;
    out.instead = "";
    out.close = true;
    return out;
  };
  server->set_hooks(hooks);
  a.append("Drafts", mail_text("poison"));
  a.record(a.store("INBOX", {1}, bits({system_flag::flagged})));
  for (int lost = 0; lost < 2; ++lost) {
    const auto report = a.send();
    REQUIRE(report);
    REQUIRE(report->failure);
    CHECK(report->failure->code == errc::connection_lost);
    CHECK(a.queue().front().state == change_state::in_doubt);
    settle_server();
  }
  const auto third = sent();
  CHECK(third.postponed == 1);
  CHECK(third.sent == 1);
  CHECK(flags("INBOX", 1) == "\\Flagged");
  CHECK(a.queue().front().state == change_state::waiting);
  CHECK(a.queue().front().not_before > 0);
  // It does not stand in the way of a sync.
  const auto synced = a.sync();
  REQUIRE(synced);
  CHECK_FALSE(synced->failure);
  server->set_hooks({});
  REQUIRE(a.box()->retry(a.queue().front().id));
  CHECK(sent().sent == 1);
  CHECK(texts("Drafts") == std::vector<std::string>{mail_text("poison")});
}

TEST_CASE_FIXTURE(
    changes,
    "OIMAP-V0046 a draft whose APPEND lost its answer and that another client went on with is not sent again") {
  exchange::hooks hooks;
  hooks.on_command = [](const exchange::command_seen& c) -> std::optional<exchange::action> {
    if (c.name != "APPEND") return std::nullopt;
    exchange::action out;
    out.close_after = 0;
    return out;
  };
  server->set_hooks(hooks);
  a.append("Drafts", "Subject: draft\r\n\r\nbegun\r\n");
  const auto lost = a.send();
  REQUIRE(lost);
  REQUIRE(lost->failure);
  settle_server();
  server->set_hooks({});
  REQUIRE(texts("Drafts").size() == 1);
  const std::string longer = "Subject: draft\r\n\r\nbegun\r\nand gone on with\r\n";
  mail().revise("Drafts", mail().messages("Drafts").front().uid, longer);
  CHECK(sent().conflicts == 1);
  CHECK(texts("Drafts") == std::vector<std::string>{longer});
  CHECK(a.queue().front().state == change_state::conflict);
}

TEST_CASE("NTLM-PB9 a lost answer with an Exchange that writes messages anew makes no second copy") {
  const std::string parts =
      "Message-ID: <parts@example.com>\r\nSubject: parts\r\nContent-Type: multipart/mixed; "
      "boundary=\"a-long-boundary\"\r\n\r\n--a-long-boundary\r\nContent-Type: text/plain\r\n\r\ntext\r\n"
      "--a-long-boundary\r\nContent-Type: application/pdf\r\n\r\none\r\n--a-long-boundary\r\n"
      "Content-Type: application/pdf\r\n\r\ntwo\r\n--a-long-boundary--\r\n";
  for (const auto& name : exchange::personality::names()) {
    CAPTURE(name);
    outbox_fixture f;
    f.options.behaves = *exchange::personality::by_name(name);
    f.begin();
    f.mail().create("Drafts");
    f.mail().add("INBOX", parts);
    const auto first = f.a.sync();
    REQUIRE_MESSAGE(first, first.error().message());
    for (const bool append : {true, false}) {
      if (append) {
        f.a.append("Drafts", parts);
      } else {
        f.a.record(f.a.about(change_kind::copy, "INBOX", {1}, "Drafts"));
      }
      f.link->cut_next_behind({append ? " APPEND " : " UID COPY "}, append ? 20 : 0);
      const auto broken = f.a.send();
      f.link->last();
      f.settle_server();
      // Another client has read it: its next retrieval is another text.
      for (const auto& m : f.mail().messages("Drafts")) f.mail().mark_retrieved(f.mail().find("Drafts")->id, m.uid);
      const auto repaired = f.a.send();
      REQUIRE_MESSAGE(repaired, repaired.error().message());
      CHECK(repaired->conflicts + repaired->left == 0);
    }
    CHECK(f.mail().messages("Drafts").size() == 2);
  }
}

TEST_CASE_FIXTURE(changes, "OIMAP-V0041 folders whose answers were lost are looked for") {
  for (std::uint64_t behind = 0; behind < 40; behind += 13) {
    CAPTURE(behind);
    const auto name = "F" + std::to_string(behind);
    struct row {
      std::string word;
      queued_change what;
    };
    const row rows[] = {{" CREATE ", a.about(change_kind::create, name)},
                        {" RENAME ", a.about(change_kind::rename, name, {}, name + "x")},
                        {" SUBSCRIBE ", a.about(change_kind::subscribe, name + "x")},
                        {" UNSUBSCRIBE ", a.about(change_kind::unsubscribe, name + "x")},
                        {" DELETE ", a.about(change_kind::remove, name + "x")}};
    for (const auto& r : rows) {
      CAPTURE(r.word);
      const auto id = a.record(r.what);
      link->cut_next_behind({r.word}, behind);
      const auto broken = a.send();
      link->last();
      settle_server();
      const auto repaired = sent();
      CHECK(repaired.refused + repaired.conflicts + repaired.left == 0);
      const bool made = r.word != " DELETE ";
      const bool renamed = r.word != " CREATE ";
      CHECK(mail().find(renamed ? name + "x" : name).has_value() == made);
      if (renamed) CHECK_FALSE(mail().find(name));
      const auto subscribed = mail().subscriptions();
      CHECK((std::count(subscribed.begin(), subscribed.end(), name + "x") == 1) == (r.word == " SUBSCRIBE "));
      REQUIRE(a.box()->drop(id));
    }
  }
}

TEST_CASE_FIXTURE(changes, "a throttled server is left alone, and the change waits longer each time") {
  std::atomic<bool> busy = true;
  exchange::hooks hooks;
  hooks.on_command = [&](const exchange::command_seen& c) -> std::optional<exchange::action> {
    if (!busy || c.name != "APPEND") return std::nullopt;
    exchange::action out;
    out.instead = c.tag + " NO Request is throttled. Suggested Backoff Time: 120000 milliseconds\r\n";
    return out;
  };
  server->set_hooks(hooks);
  a.append("Drafts", mail_text("draft"));
  a.record(a.about(change_kind::create, "Other"));
  const auto report = sent();
  CHECK(report.postponed == 1);
  CHECK(report.left == 2);
  CHECK_FALSE(mail().find("Other"));
  const auto waiting = a.queue().front();
  CHECK(waiting.state == change_state::waiting);
  CHECK(waiting.not_before >= waiting.queued_at + 120);
  busy = false;
  CHECK(sent().sent == 1);
  CHECK(mail().messages("Drafts").empty());
  REQUIRE(a.box()->retry(waiting.id));
  CHECK(sent().sent == 1);
  CHECK(texts("Drafts").size() == 1);
}

TEST_CASE_FIXTURE(changes, "XIMAP-2.3 a server that says OK and does not do it is found out") {
  exchange::hooks hooks;
  hooks.on_command = [](const exchange::command_seen& c) -> std::optional<exchange::action> {
    if (c.name != "UID STORE") return std::nullopt;
    exchange::action out;
    out.instead = c.tag + " OK STORE completed.\r\n";
    return out;
  };
  server->set_hooks(hooks);
  a.record(a.store("INBOX", {1}, bits({system_flag::seen})));
  CHECK(sent().conflicts == 1);
  CHECK(a.watch.came.front().reason.find("did not change") != std::string::npos);
}

TEST_CASE_FIXTURE(changes, "an account that is read-only sends nothing, and its outbox keeps what is in it") {
  a.append("Drafts", mail_text("draft"));
  a.config.read_only = true;
  const auto refused = a.send();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::read_only);
  REQUIRE(a.sync());
  CHECK(mail().messages("Drafts").empty());
  CHECK(a.queue().size() == 1);
}

TEST_CASE_FIXTURE(changes, "a sync sends what waits first") {
  a.append("Drafts", mail_text("draft"));
  a.record(a.about(change_kind::copy, "INBOX", {1}, "Archive"));
  const auto report = a.sync();
  REQUIRE(report);
  CHECK(report->outbox.sent == 2);
  CHECK(a.queue().empty());
  for (const char* const folder : {"INBOX", "Archive", "Drafts"}) check_equal(folder);
}
