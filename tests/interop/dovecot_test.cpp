// The fixture itself: a Dovecot that starts, lets in whom it should, and whose mailboxes can be changed and read.
#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "interop/dovecot_server.hpp"
#include "interop/mailbox_admin.hpp"
#include "interop/raw_imap.hpp"
#include "interop/sample_messages.hpp"

using namespace outmap::interop;

namespace {

raw_imap logged_in(const dovecot_server& server) {
  raw_imap client(server, security::implicit_tls);
  client.login();
  return client;
}

std::string plain_response(const dovecot_options& who, const std::string& password) {
  return std::string(1, '\0') + who.user + std::string(1, '\0') + password;
}

// What a message reads like through IMAP: Dovecot keeps lines, not line ends, so LF and CR CR LF come back as CRLF.
std::string with_crlf(const std::string& octets) {
  std::string out;
  for (const char c : octets) {
    while (c == '\n' && out.ends_with('\r')) out.pop_back();
    out += c == '\n' ? "\r\n" : std::string(1, c);
  }
  return out;
}

void load_and_compare(storage format, const std::vector<sample_message>& messages) {
  dovecot_options options;
  options.format = format;
  const dovecot_server server(options);
  auto client = logged_in(server);
  std::vector<outgoing_message> outgoing;
  for (const auto& message : messages) outgoing.push_back({message.octets, "\\Seen"});
  client.append_all("INBOX", outgoing);
  const auto found = client.snapshot("INBOX");
  REQUIRE(found.messages.size() == messages.size());
  auto original = messages.begin();
  std::size_t different = 0;
  for (const auto& [uid, message] : found.messages) {
    const auto& expected = *original++;
    CHECK(message.flags.contains("\\Seen"));
    if (message.octets == with_crlf(expected.octets)) continue;
    ++different;
    INFO(expected.label);
    CHECK(message.octets.size() == with_crlf(expected.octets).size());
  }
  CHECK(different == 0);
}

}  // namespace

TEST_CASE("Dovecot starts, offers TLS and takes LOGIN on both ports") {
  dovecot_options options;
  options.address = foreign_address;
  const dovecot_server server(options);
  raw_imap before_tls(server, security::plain);
  const auto offered = before_tls.capabilities();
  CHECK(offered.contains("STARTTLS"));
  CHECK(offered.contains("LOGINDISABLED"));
  CHECK_FALSE(offered.contains("AUTH=PLAIN"));
  CHECK_FALSE(before_tls.try_login(server.options().user, server.options().password).ok());

  for (const auto how : {security::starttls, security::implicit_tls}) {
    raw_imap client(server, how);
    const auto now = client.capabilities();
    for (const auto* mechanism : {"AUTH=NTLM", "AUTH=DIGEST-MD5", "AUTH=PLAIN", "AUTH=LOGIN"})
      CHECK(now.contains(mechanism));
    CHECK_FALSE(now.contains("LOGINDISABLED"));
    CHECK_FALSE(client.try_login(server.options().user, "wrong").ok());
    CHECK_FALSE(client.try_login("nobody-here", server.options().password).ok());
    CHECK(client.try_login(server.options().user, server.options().password).ok());
  }
}

TEST_CASE("AUTHENTICATE PLAIN is judged by the password") {
  const dovecot_server server;
  raw_imap client(server, security::starttls);
  const auto& account = server.options();
  CHECK_FALSE(client.authenticate("PLAIN", [&](auto) { return plain_response(account, "wrong"); }).ok());
  CHECK(client.authenticate("PLAIN", [&](auto) { return plain_response(account, account.password); }).ok());
}

TEST_CASE("what the options say is what the server does") {
  dovecot_options options;
  options.mechanisms = {"plain"};
  options.plaintext_needs_tls = false;
  options.tls = false;
  const dovecot_server server(options);
  raw_imap client(server, security::plain);
  const auto offered = client.capabilities();
  CHECK_FALSE(offered.contains("STARTTLS"));
  CHECK_FALSE(offered.contains("AUTH=NTLM"));
  CHECK_FALSE(offered.contains("LOGINDISABLED"));
  client.login();
}

TEST_CASE("the certificate can be bad in the ways a test wants") {
  dovecot_server server;
  CHECK_NOTHROW(raw_imap(server, security::implicit_tls));
  server.replace_certificate({.valid_from = -std::chrono::hours(48), .valid_to = -std::chrono::hours(24)});
  CHECK_THROWS_AS(raw_imap(server, security::implicit_tls), std::runtime_error);
  server.replace_certificate({.common_name = "elsewhere", .subject_alt_names = {"DNS:elsewhere.example"}});
  CHECK_THROWS_AS(raw_imap(server, security::starttls), std::runtime_error);
  server.replace_certificate({});
  CHECK_NOTHROW(raw_imap(server, security::starttls));
}

TEST_CASE("mailboxes can be changed behind the clients' backs") {
  const dovecot_server server;
  const mailbox_admin admin(server);
  auto client = logged_in(server);
  admin.create("Archive/R\xC3\xA4ume/2024");
  CHECK(admin.list() ==
        std::vector<std::string>{"Archive", "Archive/R\xC3\xA4ume", "Archive/R\xC3\xA4ume/2024", "INBOX"});
  for (int i = 1; i <= 5; ++i) admin.save("INBOX", "Subject: " + std::to_string(i) + "\r\n\r\nbody\r\n");
  CHECK(admin.count("INBOX") == 5);
  admin.add_flags("INBOX", {"uid", "2:3"}, "\\Flagged $Label1");
  admin.remove_flags("INBOX", {"uid", "3"}, "\\Flagged");
  admin.expunge("INBOX", {"uid", "1"});
  admin.move("INBOX", {"header", "subject", "5"}, "Archive/R\xC3\xA4ume/2024");
  CHECK(admin.uids("INBOX") == std::vector<std::uint32_t>{2, 3, 4});
  const auto before = client.snapshot("INBOX");
  CHECK(before.messages.at(2).flags == std::set<std::string>{"\\Flagged", "$Label1"});
  CHECK(before.messages.at(3).flags == std::set<std::string>{"$Label1"});
  CHECK(before.messages.at(4).octets == "Subject: 4\r\n\r\nbody\r\n");
  CHECK(before.uid_validity == admin.uid_validity("INBOX"));

  admin.set_uid_validity("INBOX", before.uid_validity + 1000);
  auto after = logged_in(server).snapshot("INBOX");
  CHECK(after.uid_validity == before.uid_validity + 1000);
  CHECK(after.messages == before.messages);

  const auto all = client.snapshot_all();
  CHECK(all.at("Archive/R&AOQ-ume/2024").messages.size() == 1);
  CHECK_THROWS_AS(admin.remove("no such mailbox"), std::runtime_error);
}

TEST_CASE("the server can go and come back with its mailboxes") {
  dovecot_server server;
  auto client = logged_in(server);
  const std::vector<outgoing_message> one = {{"Subject: x\r\n\r\ny\r\n", "\\Seen", "01-Jan-2024 10:00:00 +0000"}};
  client.append_all("INBOX", one);
  const auto before = client.snapshot("INBOX");
  server.stop();
  CHECK_THROWS_AS(client.command("NOOP"), std::runtime_error);
  CHECK_THROWS_AS(raw_imap(server, security::implicit_tls), std::runtime_error);
  server.start();
  CHECK(logged_in(server).snapshot("INBOX") == before);
  CHECK(before.messages.at(1).internal_date == "01-Jan-2024 10:00:00 +0000");

  auto again = logged_in(server);
  server.kick();
  CHECK_THROWS_AS(
      [&] {
        for (;;) again.command("NOOP");
      }(),
      std::runtime_error);
  CHECK_NOTHROW(logged_in(server));
}

TEST_CASE("the rawlog shows what a client said after login") {
  dovecot_options options;
  options.rawlog = true;
  const dovecot_server server(options);
  {
    auto client = logged_in(server);
    client.command("NOOP");
    client.command("LOGOUT");
  }
  CHECK(server.rawlog().find(" NOOP") != std::string::npos);
}

TEST_CASE("sample messages are many kinds, all different, always the same") {
  const auto some = sample_messages(300);
  REQUIRE(some.size() == 300);
  std::set<std::string> distinct;
  for (const auto& message : some) {
    CHECK(message.octets.find('\0') == std::string::npos);
    distinct.insert(message.octets);
  }
  CHECK(distinct.size() == some.size());
  CHECK(sample_messages(300).back().octets == some.back().octets);
  CHECK(sample_messages(300, 2).front().octets != some.front().octets);
}

TEST_CASE("every storage format gives every message back") {
  const auto messages = sample_messages(100);
  for (const auto format : {storage::maildir, storage::sdbox, storage::mdbox}) {
    CAPTURE(static_cast<int>(format));
    load_and_compare(format, messages);
  }
}

TEST_CASE("the tester's own messages come back") {
  const auto folder = corpus_directory();
  if (!folder) return;
  const auto messages = corpus_messages(*folder);
  REQUIRE_FALSE(messages.empty());
  load_and_compare(storage::maildir, messages);
}
