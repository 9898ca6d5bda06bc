#include "outmap/account.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>

#include "double_fixture.hpp"
#include "outmap/store.hpp"
#include "support/trace_on_trial.hpp"

using namespace outmap;
using namespace outmap::test;

namespace {

internal_date day(int n) { return {1700000000 + n * 86400, 60}; }

std::uint64_t bodies(const sync_report& r) {
  std::uint64_t n = 0;
  for (const auto& f : r.folders) n += f.bodies;
  return n;
}

}  // namespace

TEST_CASE_FIXTURE(
    double_fixture,
    "OIMAP-C0002 XIMAP-V0046 flags, expunges and new messages made elsewhere arrive, and no body comes twice") {
  for (unsigned i = 1; i <= 40; ++i)
    mail().add("INBOX", text_of_size(500 + i * 37, i), flag_set(static_cast<std::uint8_t>(i % 32)),
               day(static_cast<int>(i)));
  CHECK(bodies(run_well()) == 40);
  check_equal("INBOX");

  server->log().reset();
  CHECK(bodies(run_well()) == 0);
  CHECK(server->log().totals().body_octets == 0);
  CHECK(server->log().totals().headers == 0);

  flag_set seen_and_mdn(1);
  seen_and_mdn.add_keyword("$MDNSent");  // XIMAP-E0001
  mail().set_flags("INBOX", 3, seen_and_mdn);
  mail().set_flags("INBOX", 4, {});
  mail().expunge("INBOX", 10);
  mail().expunge("INBOX", 40);
  mail().add("INBOX", text_of_size(900, 99), {}, day(99));
  CHECK(bodies(run_well()) == 1);
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(double_fixture, "XIMAP-2.1.2 XIMAP-V0004 a revised message is taken under its new UID") {
  mail().add("INBOX", text_of_size(400, 1));
  const auto old = mail().add("INBOX", text_of_size(400, 2));
  run_well();
  mail().revise("INBOX", old, text_of_size(600, 3));
  run_well();
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(double_fixture, "OIMAP-V0007 XIMAP-V0006 NTLM-PB8 a wrong RFC822.SIZE changes nothing") {
  options.behaves = exchange::personality::exchange_2010sp2();
  for (unsigned i = 1; i <= 5; ++i) mail().add("INBOX", text_of_size(3000, i));
  run_well();
  check_equal("INBOX");
}

TEST_CASE("the sync works with each Exchange there is") {
  for (const auto& name : exchange::personality::names()) {
    CAPTURE(name);
    double_fixture f;
    f.options.behaves = *exchange::personality::by_name(name);
    f.mail().create("Archive/R&D \"quoted\" back\\slash");
    f.mail().add("Archive/R&D \"quoted\" back\\slash", text_of_size(2000, 1), flag_set(1));
    f.mail().create("Entwürfe");
    f.mail().create_noselect("Parent");
    f.run_well();
    f.check_equal("Archive/R&D \"quoted\" back\\slash");
    f.check_equal("Entwürfe");
  }
}

TEST_CASE_FIXTURE(double_fixture,
                  "OIMAP-V0055 a server without IMAP4rev1 is synced in full and no message is marked read") {
  options.behaves.base_capabilities = {"IMAP4"};
  for (unsigned i = 1; i <= 10; ++i) mail().add("INBOX", text_of_size(700, i));
  run_well();
  check_equal("INBOX");
  for (const auto& line : server->log().lines()) CHECK(line.find("BODY") == std::string::npos);
}

TEST_CASE_FIXTURE(double_fixture,
                  "a body larger than what is held in memory is stored in pieces and comes back whole") {
  mail().add("INBOX", text_of_size(5 << 20, 1));
  mail().add("INBOX", text_of_size(1 << 20, 2));
  mail().add("INBOX", text_of_size(100, 3));
  run_well();
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(double_fixture, "OIMAP-V0003 after a new UIDVALIDITY the bodies are adopted") {
  for (unsigned i = 1; i <= 20; ++i) mail().add("INBOX", text_of_size(800, i), {}, day(static_cast<int>(i)));
  run_well();
  mail().expunge("INBOX", 7);
  mail().change_uid_validity("INBOX");
  server->log().reset();
  const auto after = run_well();
  CHECK(after.folders.at(0).uid_validity_changed);
  CHECK(after.folders.at(0).adopted == 19);
  CHECK(server->log().totals().body_octets == 0);
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(double_fixture,
                  "a message that the server does not deliver is quarantined, tried again, and arrives when it can") {
  std::atomic<bool> broken = true;
  options.hooks.on_fetch = [&broken](std::string_view, std::uint32_t uid) {
    return broken && uid == 3 ? exchange::fetch_fault::no_data : exchange::fetch_fault::none;
  };
  for (unsigned i = 1; i <= 6; ++i) mail().add("INBOX", text_of_size(300, i));
  const auto first = run();
  REQUIRE(first.failure);
  CHECK(first.failure->code == errc::incomplete);
  CHECK(first.folders.at(0).quarantined == 1);
  CHECK(bodies(first) == 5);
  CHECK(run().failure.has_value());

  // Twice in vain: it is left alone for an hour, unless the user says so.
  broken = false;
  server->log().reset();
  CHECK(run().folders.at(0).quarantined == 1);
  CHECK(server->log().totals().bodies == 0);
  sync_options again;
  again.retry_quarantined = true;
  run_well(again);
  check_equal("INBOX");
  auto opened = store::open(config.cache);
  CHECK(opened->folder("INBOX")->quarantined == 0);
}

TEST_CASE_FIXTURE(double_fixture,
                  "an announced literal of 4 GiB costs that message and a login, and the next run passes it by") {
  options.hooks.on_fetch = [](std::string_view, std::uint32_t uid) {
    return uid == 2 ? exchange::fetch_fault::huge_literal : exchange::fetch_fault::none;
  };
  for (unsigned i = 1; i <= 4; ++i) mail().add("INBOX", text_of_size(300, i));
  for (const std::uint64_t logins : {2, 1}) {
    server->log().reset();
    const auto report = run();
    REQUIRE(report.failure);
    CHECK(report.failure->code == errc::incomplete);
    CHECK(report.folders.at(0).quarantined == 1);
    CHECK(server->log().totals().connections == logins);
    auto expected = served("INBOX");
    expected.erase(2);
    auto ours = held("INBOX");
    // Its header may have come.
    ours.erase(2);
    CHECK((ours == expected));
  }
}

TEST_CASE_FIXTURE(double_fixture, "OIMAP-V0012 {0} is a message of no octets, no error, and nobody asks for it again") {
  mail().add("INBOX", "");
  mail().add("INBOX", text_of_size(300, 1));
  run_well();
  check_equal("INBOX");
  CHECK(held("INBOX").at(1).second.empty());
  server->log().reset();
  run_well();
  CHECK(server->log().totals().bodies == 0);
}

TEST_CASE_FIXTURE(double_fixture, "many messages that end the session end the run, and the next runs bring the rest") {
  options.hooks.on_fetch = [](std::string_view, std::uint32_t uid) {
    return uid % 2 == 0 ? exchange::fetch_fault::huge_literal : exchange::fetch_fault::none;
  };
  // A run of more than a second would be joined by further sessions.
  config.connections = 1;
  for (unsigned i = 1; i <= 60; ++i) mail().add("INBOX", text_of_size(300, i));
  server->log().reset();
  const auto first = run();
  REQUIRE(first.failure);
  CHECK(first.failure->code == errc::limit_exceeded);
  CHECK(server->log().totals().connections == 17);
  const auto second = run();
  REQUIRE(second.failure);
  CHECK(second.failure->code == errc::incomplete);
  auto ours = held("INBOX");
  auto expected = served("INBOX");
  for (std::uint32_t u = 2; u <= 60; u += 2) {
    ours.erase(u);
    expected.erase(u);
  }
  CHECK((ours == expected));
}

TEST_CASE_FIXTURE(double_fixture, "a response without end that is about no message costs two more logins, not more") {
  mail().add("INBOX", text_of_size(300, 1));
  run_well();
  exchange::hooks endless;
  endless.on_command = [](const exchange::command_seen& seen) -> std::optional<exchange::action> {
    if (seen.name != "UID FETCH") return std::nullopt;
    exchange::action out;
    out.instead = "* OK " + std::string(3 << 20, 'x') + "\r\n";
    return out;
  };
  server->set_hooks(endless);
  server->log().reset();
  const auto report = run();
  REQUIRE(report.failure);
  CHECK(report.failure->code == errc::limit_exceeded);
  CHECK(server->log().totals().connections == 3);
  CHECK(held("INBOX").size() == 1);
  server->set_hooks({});
  run_well();
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(double_fixture,
                  "OIMAP-2.1.3 a malformed FETCH response is stepped over and its message fetched alone") {
  std::atomic<int> times = 0;
  options.hooks.on_fetch = [&times](std::string_view, std::uint32_t uid) {
    return uid == 2 && times++ < 2 ? exchange::fetch_fault::malformed : exchange::fetch_fault::none;
  };
  for (unsigned i = 1; i <= 4; ++i) mail().add("INBOX", text_of_size(300, i));
  run();
  CHECK_FALSE(watch.lines.empty());
  run_well();
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(double_fixture, "a refused batch is fetched one by one") {
  std::atomic<int> times = 0;
  options.hooks.on_fetch = [&times](std::string_view, std::uint32_t uid) {
    return uid == 2 && times++ < 3 ? exchange::fetch_fault::refused : exchange::fetch_fault::none;
  };
  for (unsigned i = 1; i <= 4; ++i) mail().add("INBOX", text_of_size(300, i));
  run();
  run_well();
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(double_fixture, "a connection cut in a literal loses nothing: the next run completes") {
  std::atomic<bool> broken = true;
  options.hooks.on_fetch = [&broken](std::string_view, std::uint32_t uid) {
    return broken && uid == 5 ? exchange::fetch_fault::cut : exchange::fetch_fault::none;
  };
  for (unsigned i = 1; i <= 9; ++i) mail().add("INBOX", text_of_size(2000, i));
  const auto first = run();
  REQUIRE(first.failure);
  CHECK(first.failure->code == errc::connection_lost);
  broken = false;
  run_well();
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(
    double_fixture,
    "a folder that is gone from the server keeps its mail, one that cannot be opened does not stop the rest") {
  mail().create("Old");
  mail().add("Old", text_of_size(300, 1));
  mail().add("INBOX", text_of_size(300, 2));
  run_well();
  mail().expunge("Old", 1);
  mail().remove_folder("Old");
  mail().create("Sick");
  auto hooks = options.hooks;
  hooks.on_command = [](const exchange::command_seen& seen) -> std::optional<exchange::action> {
    if (seen.line.find("SELECT Sick") == std::string::npos) return std::nullopt;
    exchange::action refusal;
    refusal.instead = seen.tag + " NO [INUSE] try later\r\n";
    return refusal;
  };
  server->set_hooks(hooks);
  mail().add("INBOX", text_of_size(300, 3));
  const auto report = run();
  REQUIRE(report.failure);
  CHECK(report.failure->code == errc::incomplete);
  const auto sick = std::find_if(report.folders.begin(), report.folders.end(),
                                 [](const folder_report& f) { return f.name == "Sick"; });
  REQUIRE(sick != report.folders.end());
  CHECK(sick->failure->server_text == "try later");
  check_equal("INBOX");
  CHECK(held("Old").size() == 1);
  CHECK(store::open(config.cache)->folder("Old")->gone);
}

TEST_CASE_FIXTURE(double_fixture, "OIMAP-V0063 an ALERT reaches the user, other texts do not") {
  options.hooks.on_command = [](const exchange::command_seen& seen) -> std::optional<exchange::action> {
    if (seen.name != "SELECT") return std::nullopt;
    exchange::action more;
    more.before = "* OK [ALERT] quota nearly full\r\n* OK just talking\r\n";
    return more;
  };
  run_well();
  CHECK(watch.alerts == std::vector<std::string>{"quota nearly full"});
}

TEST_CASE_FIXTURE(double_fixture, "a sync sends nothing that changes the server") {
  mail().add("INBOX", text_of_size(300, 2));
  run_well();
  for (const auto& seen : server->log().commands()) {
    CAPTURE(seen.line);
    const std::vector<std::string> allowed = {"CAPABILITY", "AUTHENTICATE", "LIST",  "LSUB",
                                              "SELECT",     "UID FETCH",    "LOGOUT"};
    CHECK(std::count(allowed.begin(), allowed.end(), seen.name) == 1);
  }
}

TEST_CASE_FIXTURE(double_fixture, "folders are chosen by glob, and the others stay as they are") {
  for (const auto* name : {"Work", "Work/2023", "Work/2024", "Private"}) {
    mail().create(name);
    mail().add(name, text_of_size(300, 1));
  }
  mail();
  trace_on_trial audited(config.auth);
  account a(config, nullptr, &audited);
  const auto report = a.sync({{"Work*"}, {"*/2023"}});
  REQUIRE(report);
  std::vector<std::string> names;
  for (const auto& f : report->folders) names.push_back(f.name);
  CHECK(names == std::vector<std::string>{"Work", "Work/2024"});
}

TEST_CASE_FIXTURE(double_fixture, "a cache of another account is refused before the server hears of either") {
  mail().add("INBOX", text_of_size(300, 1));
  run_well();
  server->log().reset();
  config.user = "bert";
  SUBCASE("the server answers") {}
  SUBCASE("the server cannot be reached") { config.port = 1; }
  SUBCASE("the server's certificate is unknown") { config.ca_file.clear(); }
  trace_on_trial audited(config.auth);
  account a(config, nullptr, &audited);
  const auto got = a.sync();
  REQUIRE_FALSE(got);
  CHECK(got.error().code == errc::cache_other_account);
  CHECK(server->log().count("AUTHENTICATE") + server->log().count("LOGIN") == 0);
}

TEST_CASE_FIXTURE(double_fixture, "nobody is asked about a certificate for a cache that cannot be used") {
  mail().add("INBOX", text_of_size(300, 1));
  run_well();
  config.user = "bert";
  config.ca_file.clear();
  trace_on_trial audited(config.auth);
  account a(config, nullptr, &audited);
  bool asked = false;
  questions answers;
  answers.certificate = [&](const certificate_question&) { return asked = true; };
  a.ask(answers);
  const auto got = a.sync();
  REQUIRE_FALSE(got);
  CHECK(got.error().code == errc::cache_other_account);
  CHECK_FALSE(asked);
}

TEST_CASE_FIXTURE(double_fixture,
                  "OIMAP-V0006 the received date is INTERNALDATE or the Date field, as the account says") {
  mail().add("INBOX", "Date: Sat, 21 Nov 2026 08:00:00 +0100\r\nSubject: x\r\n\r\ny\r\n", {}, {1700000000, 0});
  mail().add("INBOX", "Subject: no date\r\n\r\ny\r\n", {}, {1700000001, 0});
  for (const auto which : {received_date::internal, received_date::header}) {
    config.received = which;
    config.cache = dir / (which == received_date::internal ? "internal" : "header");
    run_well();
    auto opened = store::open(config.cache);
    REQUIRE(opened);
    const auto folder = opened->folder("INBOX");
    REQUIRE(folder);
    const auto dated = opened->message(folder->mailbox, uid{1});
    REQUIRE(dated);
    REQUIRE(dated->date);
    CHECK(dated->date->unix_seconds == (which == received_date::internal ? 1700000000 : 1795244400));
    std::vector<bool> known;
    REQUIRE(opened->messages(folder->mailbox, [&](const stored_message& m) {
      known.push_back(m.date.has_value());
      return true;
    }));
    CHECK(known == std::vector<bool>{true, which == received_date::internal});
  }
}
