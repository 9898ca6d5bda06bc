// The program and a real Dovecot.
#include <doctest/doctest.h>

#include <set>
#include <string>

#include "cli/bundled_server.hpp"
#include "interop/dovecot_server.hpp"
#include "interop/mailbox_admin.hpp"

using namespace outmap::test;
using outmap::interop::dovecot_server;
using outmap::interop::mailbox_admin;
namespace fs = std::filesystem;

namespace {

arguments account(const dovecot_server& server, const std::string& scheme, std::uint16_t port) {
  return {"--url",     scheme + "://" + server.options().user + "@" + server.host() + ":" + std::to_string(port),
          "--ca-file", server.ca_file().string(),
          "--cache",   "mail.outmap",
          "--timeout", "30"};
}

std::string message(int n) { return "Subject: number " + std::to_string(n) + "\r\n\r\nThe text of it.\r\n"; }

std::multiset<std::string> files_below(const fs::path& dir) {
  std::multiset<std::string> out;
  for (const auto& e : fs::recursive_directory_iterator(dir)) {
    if (e.is_regular_file()) out.insert(read_file(e.path()));
  }
  return out;
}

}  // namespace

TEST_CASE("OIMAP-V0034 each mechanism logs in to Dovecot, over 993 and STARTTLS, and a wrong password ends with 12") {
  const dovecot_server server;
  program_home home;
  home.environment["OUTMAP_PASSWORD"] = server.options().password;
  const auto implicit = account(server, "imaps", server.imaps_port());
  const auto starttls = account(server, "imap", server.imap_port());
  for (const char* mechanism : {"ntlm", "digest-md5", "plain", "login"}) {
    for (const auto& how : {implicit, starttls}) {
      fs::remove(home.dir() / "trace.txt");
      const auto got = home.run(arguments{"login", "--auth", mechanism, "--trace", "trace.txt"} + how);
      CAPTURE(describe(got));
      CHECK(got.exit_code == 0);
      const auto audit = home.run({"audit", "--auth", mechanism, "trace.txt"});
      CHECK_MESSAGE(audit.exit_code == 0, describe(audit));
      CHECK(got.out.find(std::string(mechanism) + ": succeeded") != std::string::npos);
    }
  }
  home.environment["OUTMAP_PASSWORD"] = "wrong";
  CHECK(home.run(arguments{"login", "--auth", "plain"} + implicit).exit_code == 12);
}

TEST_CASE("a mailbox of Dovecot is synced and exported octet for octet, and again after changes") {
  const dovecot_server server;
  const mailbox_admin admin(server);
  admin.create("Entw\xc3\xbcrfe");
  std::multiset<std::string> all;
  for (int i = 0; i < 6; ++i) {
    admin.save(i % 2 == 0 ? "INBOX" : "Entw\xc3\xbcrfe", message(i));
    all.insert(message(i));
  }
  program_home home;
  home.environment["OUTMAP_PASSWORD"] = server.options().password;
  const auto how = account(server, "imaps", server.imaps_port());
  auto result = home.events(arguments{"sync"} + how).back();
  CHECK(result["exit_code"] == 0);
  CHECK(result["counts"]["bodies"] == 6);
  CHECK(home.events(arguments{"sync"} + how).back()["counts"]["bodies"] == 0);
  const arguments out = {"export", "--format", "eml", "--to", "eml", "--cache", "mail.outmap"};
  CHECK(home.run(out).exit_code == 0);
  CHECK(files_below(home.dir() / "eml") == all);

  admin.add_flags("INBOX", {"all"}, "\\Flagged");
  admin.expunge("Entw\xc3\xbcrfe", {"uid", "1"});
  admin.save("INBOX", message(7));
  result = home.events(arguments{"sync", "--trace", "trace.txt"} + how).back();
  const auto audit = home.run({"audit", "trace.txt"});
  CHECK_MESSAGE(audit.exit_code == 0, describe(audit));
  CHECK(result["exit_code"] == 0);
  CHECK(result["counts"]["bodies"] == 1);
  CHECK(result["counts"]["flags_changed"] == 3);
  CHECK(result["counts"]["vanished"] == 1);
  CHECK(home.events({"list", "Entw\xc3\xbcrfe", "--cache", "mail.outmap"}).back()["counts"]["messages"] == 2);
  CHECK(home.events(out).back()["counts"]["written"] == 1);
}

TEST_CASE("a mass deletion on Dovecot ends with 21 and keeps all, and passes when it is allowed") {
  const dovecot_server server;
  const mailbox_admin admin(server);
  admin.create("Other");
  admin.save("Other", message(99));
  for (int i = 0; i < 40; ++i) admin.save("INBOX", message(i));
  program_home home;
  home.environment["OUTMAP_PASSWORD"] = server.options().password;
  const auto how = account(server, "imaps", server.imaps_port());
  CHECK(home.run(arguments{"sync"} + how).exit_code == 0);
  admin.expunge("INBOX", {"uid", "1:30"});
  admin.save("Other", message(100));

  const auto tripped = home.run(arguments{"sync"} + how);
  CAPTURE(describe(tripped));
  CHECK(tripped.exit_code == 21);
  CHECK(tripped.err.find("30 of 40") != std::string::npos);
  CHECK(tripped.err.find("--allow-mass-delete") != std::string::npos);
  const auto messages_in = [&](const std::string& folder) {
    return home.events({"list", folder, "--cache", "mail.outmap"}).back()["counts"]["messages"].get<int>();
  };
  CHECK(messages_in("INBOX") == 40);
  CHECK(messages_in("Other") == 2);
  CHECK(home.run(arguments{"sync", "--max-delete", "29"} + how).exit_code == 21);
  CHECK(messages_in("INBOX") == 40);

  auto result = home.events(arguments{"sync", "--allow-mass-delete"} + how).back();
  CHECK(result["exit_code"] == 0);
  CHECK(result["counts"]["vanished"] == 30);
  CHECK(messages_in("INBOX") == 10);
}

TEST_CASE("a dry sync of Dovecot foretells the counts of the sync, and then that nothing is left to do") {
  const dovecot_server server;
  const mailbox_admin admin(server);
  admin.create("Other");
  for (int i = 1; i <= 8; ++i) admin.save(i % 2 == 0 ? "INBOX" : "Other", message(i));
  program_home home;
  home.environment["OUTMAP_PASSWORD"] = server.options().password;
  const auto how = account(server, "imaps", server.imaps_port());
  const auto foretold_and_done = [&] {
    const auto dry = home.events(arguments{"sync", "--dry-run", "--trace", "trace.txt"} + how).back();
    const auto audit = home.run({"audit", "trace.txt"});
    CHECK_MESSAGE(audit.exit_code == 0, describe(audit));
    CHECK(dry["exit_code"] == 4);
    const auto done = home.events(arguments{"sync"} + how).back();
    CHECK(done["exit_code"] == 0);
    for (const char* const count : {"folders", "added", "flags_changed", "vanished", "bodies"}) {
      CAPTURE(count);
      CHECK(dry["counts"][count] == done["counts"][count]);
    }
    CHECK(home.events(arguments{"sync", "--dry-run"} + how).back()["exit_code"] == 0);
    return dry;
  };
  CHECK(foretold_and_done()["counts"]["added"] == 8);
  admin.create("Late");
  admin.save("Late", message(20));
  admin.save("INBOX", message(21));
  admin.add_flags("INBOX", {"1:3"}, "\\Flagged");
  admin.expunge("Other", {"uid", "2:3"});
  const auto counts = foretold_and_done()["counts"];
  CHECK(counts["added"] == 2);
  CHECK(counts["flags_changed"] == 3);
  CHECK(counts["vanished"] == 2);
  CHECK(counts["folders_new"] == 1);
}

TEST_CASE("headers first from Dovecot, then bodies on demand, each once") {
  const dovecot_server server;
  const mailbox_admin admin(server);
  for (int i = 1; i <= 8; ++i) admin.save("INBOX", message(i));
  program_home home;
  home.environment["OUTMAP_PASSWORD"] = server.options().password;
  const auto how = account(server, "imaps", server.imaps_port());
  CHECK(home.events(arguments{"sync", "--bodies", "none"} + how).back()["counts"]["bodies"] == 0);
  CHECK(home.run({"show", "INBOX", "3", "--raw", "--cache", "mail.outmap"}).exit_code != 0);

  auto result = home.events(arguments{"fetch", "INBOX", "2:3,7", "--trace", "trace.txt"} + how).back();
  CHECK(result["exit_code"] == 0);
  CHECK(result["counts"]["fetched"] == 3);
  const auto audit = home.run({"audit", "trace.txt"});
  CHECK_MESSAGE(audit.exit_code == 0, describe(audit));
  CHECK(home.run({"show", "INBOX", "3", "--raw", "--cache", "mail.outmap"}).out == message(3));

  admin.expunge("INBOX", {"uid", "5"});
  result = home.events(arguments{"fetch", "INBOX", "5,1:3"} + how).back();
  CHECK(result["exit_code"] == 3);
  CHECK(result["counts"]["fetched"] == 1);
  CHECK(result["counts"]["here"] == 2);
  CHECK(result["counts"]["gone"] == 1);
  CHECK(home.run(arguments{"fetch", "INBOX", "3:1"} + how).exit_code == 2);
  CHECK(home.run(arguments{"fetch", "Nowhere", "1"} + how).exit_code == 2);

  result = home.events(arguments{"sync"} + how).back();
  CHECK(result["exit_code"] == 0);
  CHECK(result["counts"]["bodies"] == 3);
}
