// A real Dovecot, backed up, emptied, and filled again by a restore that is killed on the way.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "cli/bundled_server.hpp"
#include "interop/dovecot_server.hpp"
#include "interop/held_mail.hpp"
#include "interop/mailbox_admin.hpp"
#include "interop/raw_imap.hpp"
#include "interop/sample_messages.hpp"

using namespace outmap::test;
using namespace outmap::interop;

namespace {

constexpr std::size_t messages = 90;
constexpr int kills = 10;

held_mail on_server(const dovecot_server& server) {
  raw_imap imap(server, security::plain);
  imap.login();
  return held_by(imap);
}

}  // namespace

TEST_CASE(
    "every message of a Dovecot comes back with octets, flags, dates and folders, though the restore is killed ten "
    "times") {
  const dovecot_server server;
  const mailbox_admin admin(server);
  const std::vector<std::string> folders = {"INBOX", "Archive", "Entw\xc3\xbcrfe"};
  const std::vector<std::string> wire = {"INBOX", "Archive", "Entw&APw-rfe"};
  const std::vector<std::string> flags = {"",          "\\Seen",         "\\Seen \\Answered",
                                          "\\Flagged", "\\Draft \\Seen", "\\Deleted"};
  std::vector<std::vector<outgoing_message>> per_folder(folders.size());
  std::size_t at = 0;
  for (const auto& m : sample_messages(messages * 3, 5)) {
    if (!keeps_its_octets(m.octets) || at >= messages) continue;
    const std::string date =
        std::to_string(10 + at % 18) + "-Jan-2024 10:" + std::to_string(10 + at % 50) + ":00 +0100";
    per_folder[at % folders.size()].push_back({m.octets, flags[at % flags.size()], date});
    ++at;
  }
  REQUIRE(at >= messages / 2);
  {
    raw_imap imap(server, security::plain);
    imap.login();
    for (std::size_t i = 0; i < folders.size(); ++i) {
      if (i > 0) imap.create(wire[i]);
      imap.append_all(wire[i], per_folder[i]);
    }
  }
  const auto before = on_server(server);
  const auto total = size_of(before);
  REQUIRE(total == at);

  program_home home;
  home.environment["OUTMAP_PASSWORD"] = server.options().password;
  const arguments how = {
      "--url",     "imaps://" + server.options().user + "@" + server.host() + ":" + std::to_string(server.imaps_port()),
      "--ca-file", server.ca_file().string(),
      "--cache",   "mail.outmap",
      "--timeout", "30"};
  REQUIRE(home.run(arguments{"backup"} + how).exit_code == 0);
  const auto verified = home.run(arguments{"verify", "--level", "content"} + how);
  CHECK_MESSAGE(verified.exit_code == 0, describe(verified));

  for (std::size_t i = 0; i < folders.size(); ++i) {
    admin.expunge(folders[i], {"all"});
    if (i > 0) admin.remove(folders[i]);
  }
  REQUIRE(size_of(on_server(server)) == 0);
  int killed = 0;
  for (int i = 1; i <= kills; ++i) {
    process running(home.with(arguments{"restore"} + how));
    const auto enough = total * static_cast<std::size_t>(i) / (kills + 2);
    while (running.running() && size_of(on_server(server)) < enough) {
    }
    killed += running.running() ? 1 : 0;
    running.kill();
    running.wait();
    const auto now = on_server(server);
    CHECK(none_twice(now, before));
  }
  CHECK(killed >= kills / 2);
  const auto rest = home.events(arguments{"restore", "--trace", "trace.txt"} + how).back();
  CHECK(rest["exit_code"] == 0);
  CHECK((on_server(server) == before));
  const auto audit = home.run({"audit", "trace.txt"});
  CHECK_MESSAGE(audit.exit_code == 0, describe(audit));
  CHECK(home.events(arguments{"restore"} + how).back()["counts"]["appended"] == 0);
  const auto rehearsed = home.events(arguments{"restore", "--rehearse"} + how).back();
  CHECK(rehearsed["exit_code"] == 0);
  CHECK(rehearsed["counts"]["compared"] == total);
  CHECK((on_server(server) == before));
}

TEST_CASE("a Dovecot whose quota is full names each message that it refuses, with 3, and holds none twice") {
  const dovecot_server server;
  std::vector<outgoing_message> mail;
  for (int i = 0; i < 40; ++i) {
    mail.push_back({"Subject: number " + std::to_string(i) + "\r\n\r\n" + std::string(3000, 'x') + "\r\n", "",
                    "01-Jan-2024 10:00:00 +0100"});
  }
  {
    raw_imap imap(server, security::plain);
    imap.login();
    imap.append_all("INBOX", mail);
  }
  program_home home;
  home.environment["OUTMAP_PASSWORD"] = server.options().password;
  const auto at = [](const dovecot_server& which) {
    return arguments{
        "--url",     "imaps://" + which.options().user + "@" + which.host() + ":" + std::to_string(which.imaps_port()),
        "--ca-file", which.ca_file().string(),
        "--cache",   "mail.outmap"};
  };
  REQUIRE(home.run(arguments{"backup"} + at(server)).exit_code == 0);

  dovecot_options narrow;
  narrow.extra =
      "mail_plugins = quota\nplugin {\n  quota = maildir:User quota\n  quota_rule = *:storage=64K\n"
      "  quota_grace = 0\n}\n";
  const dovecot_server full(narrow);
  std::size_t held = 0;
  for (int run = 0; run < 2; ++run) {
    const auto events = home.events(arguments{"restore"} + at(full));
    const auto& last = events.back();
    CHECK(last["exit_code"] == 3);
    CHECK(last["error"]["code"] == "incomplete");
    const auto refused = last["counts"]["refused"].get<std::size_t>();
    CHECK(refused > 0);
    if (run == 0) held = 40 - refused;
    CHECK(held > 0);
    CHECK(refused == 40 - held);
    CHECK(last["counts"]["appended"] == (run == 0 ? held : 0));
    std::size_t named = 0;
    for (const auto& e : events) {
      if (e["event"] != "refused") continue;
      ++named;
      CHECK(e["folder"] == "INBOX");
      CHECK(e["error"].dump().find("Quota exceeded") != std::string::npos);
    }
    CHECK(named == refused);
    CHECK(size_of(on_server(full)) == held);
  }
}
