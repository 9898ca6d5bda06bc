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
