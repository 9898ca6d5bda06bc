#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "client.hpp"

namespace outmap::exchange::test {

namespace {

using list = std::vector<std::string>;

std::string capability(client& c) { return c.command("CAPABILITY").untagged.at(0); }

/// Every response line that a session of the usual commands draws, literals included.
list session_lines(running_server& server) {
  client c = server.login();
  list all = {c.greeting()};
  for (const char* command : {"CAPABILITY",
                              "NAMESPACE",
                              R"(LIST "" *)",
                              R"(LSUB "" *)",
                              R"(LIST "" "")",
                              "STATUS INBOX (MESSAGES UNSEEN)",
                              "CREATE new",
                              "SUBSCRIBE new",
                              "SELECT nosuch",
                              "EXAMINE INBOX",
                              "SELECT INBOX",
                              "NOOP",
                              "CHECK",
                              "FETCH 1:* (UID FLAGS)",
                              "UID FETCH 1:* (UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER])",
                              "UID FETCH 1 BODY[]",
                              R"(STORE 1 +FLAGS (\Deleted))",
                              "COPY 1 new",
                              "COPY 1 nosuch",
                              "SEARCH ALL",
                              "SEARCH NONSENSE",
                              "SEARCH CHARSET KOI8-R ALL",
                              "EXPUNGE",
                              "RENAME new newer",
                              "DELETE newer",
                              "UNSUBSCRIBE new",
                              "XNONSENSE",
                              "CLOSE",
                              "LOGOUT"}) {
    for (std::string& line : c.raw_lines(command)) all.push_back(std::move(line));
  }
  return all;
}

void fill(running_server& server) {
  server.store().add("INBOX", "Subject: one\r\n\r\ntext\r\n");
  server.store().add("INBOX", "Subject: two\r\n\r\ntext\r\n");
  server.store().create("a/two words (really)");
  server.store().create("back\\slash");
  server.store().create("Entwürfe");
  server.store().subscribe("a/two words (really)");
}

}  // namespace

TEST_CASE("XIMAP-E0003 XIMAP-E0004 NTLM-2.2.1-02 NTLM-6-01 NTLM-PB4 the capability list of each product") {
  const std::string with_ntlm = "CAPABILITY IMAP4 IMAP4rev1 AUTH=NTLM AUTH=GSSAPI AUTH=PLAIN IDLE NAMESPACE LITERAL+";
  const std::string without = "CAPABILITY IMAP4 IMAP4rev1 AUTH=GSSAPI AUTH=PLAIN IDLE NAMESPACE LITERAL+";
  const std::map<std::string, std::string> expected = {{"2003", with_ntlm},    {"2007", with_ntlm}, {"2010", with_ntlm},
                                                       {"2010SP2", with_ntlm}, {"2013", without},   {"2016", without},
                                                       {"2019", without}};
  CHECK(expected.size() == exchanges().size());
  for (const personality& behaves : exchanges()) {
    CAPTURE(behaves.name);
    running_server server(behaves);
    client c = server.connect_tls();
    const answer got = c.command("CAPABILITY");
    CHECK(got.untagged == list{expected.at(behaves.name)});
    CHECK(got.tagged.starts_with("OK"));
    // Kerberos is offered and DIGEST-MD5 is not; both are refused here.
    CHECK(c.command("AUTHENTICATE GSSAPI").tagged.starts_with("NO"));
    CHECK(c.command("AUTHENTICATE DIGEST-MD5").tagged.starts_with("BAD"));
    const bool ntlm = expected.at(behaves.name) == with_ntlm;
    c.write("n AUTHENTICATE NTLM\r\n");
    CHECK(c.read_line().starts_with(ntlm ? "+ " : "n BAD"));
  }
}

TEST_CASE("personalities are found by name, in any case") {
  for (const std::string& name : personality::names()) CHECK(personality::by_name(name)->name == name);
  CHECK(personality::by_name("2010sp2")->name == "2010SP2");
  CHECK_FALSE(personality::by_name("2010SP3"));
  CHECK(personality::names().size() == 8);
}

TEST_CASE("XIMAP-E0003 the documents without NTLM for 2010 can be played, too") {
  auto behaves = personality::exchange_2010();
  std::erase(behaves.mechanisms, "NTLM");
  running_server server(behaves);
  client c = server.connect_tls();
  CHECK(capability(c) == "CAPABILITY IMAP4 IMAP4rev1 AUTH=GSSAPI AUTH=PLAIN IDLE NAMESPACE LITERAL+");
  CHECK(c.command("AUTHENTICATE NTLM").tagged.starts_with("BAD"));
}

TEST_CASE("XIMAP-2.1.4 LOGINDISABLED stands in the plain list from 2010 SP2 on and over TLS only when configured") {
  const std::set<std::string> absent = {"2003", "2007", "2010"};
  for (personality behaves : exchanges()) {
    CAPTURE(behaves.name);
    {
      running_server server(behaves);
      client plain = server.connect();
      const std::string words = capability(plain) + " ";
      CHECK((words.find(" LOGINDISABLED ") == std::string::npos) == absent.contains(behaves.name));
      CHECK(words.find(" STARTTLS ") != std::string::npos);
      CHECK(words.find("AUTH=PLAIN") == std::string::npos);
      // Refused whether it was announced or not.
      CHECK(plain.command("LOGIN anna x").tagged.starts_with("NO"));
      client tls = server.connect_tls();
      CHECK(capability(tls).find("LOGINDISABLED") == std::string::npos);
    }
    behaves.login_disabled_tls = true;
    running_server server(behaves, [](server_options& o) { o.accounts = {{"anna", secret("plain")}}; });
    client tls = server.connect_tls();
    CHECK(capability(tls).find(" LOGINDISABLED ") != std::string::npos);
    CHECK(tls.command("LOGIN anna plain").tagged.starts_with("NO"));
  }
}

TEST_CASE("XIMAP-V0058 a literal of UID SEARCH is asked for from 2010 SP2 on") {
  const std::set<std::string> silent = {"2003", "2007", "2010"};
  for (const personality& behaves : exchanges()) {
    CAPTURE(behaves.name);
    running_server server(strict(behaves));
    server.store().add("INBOX", "Subject: needle\r\n\r\n");
    client c = server.login();
    c.command("SELECT INBOX");
    c.write("u UID SEARCH SUBJECT {6}\r\n");
    if (!silent.contains(behaves.name)) CHECK(c.read_line().starts_with("+ "));
    c.write("needle\r\n");
    CHECK(c.read_line() == "* SEARCH 1");
    CHECK(c.read_line() == "u OK SEARCH completed.");
    // SEARCH without UID, and every other command, asks in all products.
    CHECK(c.command_with_literal("SEARCH SUBJECT", "needle").untagged == list{"SEARCH 1"});
    CHECK(c.command_with_literal("SELECT", "INBOX").tagged.starts_with("OK"));
  }
}

TEST_CASE("XIMAP-V0058 the older wording leaves out the request for SEARCH, too") {
  auto behaves = personality::exchange_2013();
  behaves.asks_for_literals = literal_requests::not_any_search;
  running_server server(behaves);
  server.store().add("INBOX", "Subject: needle\r\n\r\n");
  client c = server.login();
  c.command("SELECT INBOX");
  c.write("u SEARCH SUBJECT {6}\r\nneedle\r\n");
  CHECK(c.read_line() == "* SEARCH 1");
  CHECK(c.read_line() == "u OK SEARCH completed.");
  CHECK(c.command_with_literal("SELECT", "INBOX").tagged.starts_with("OK"));
}

TEST_CASE("XIMAP-2.1.5 products up to 2010 SP1 break the ABNF when sending, the same way each time") {
  const std::set<std::string> loose = {"2003", "2007", "2010"};
  for (const personality& behaves : exchanges()) {
    CAPTURE(behaves.name);
    const auto transcript = [&](const personality& p) {
      running_server server(p);
      fill(server);
      list all;
      for (int round = 0; round < 3; ++round) {
        for (std::string& line : session_lines(server)) all.push_back(std::move(line));
        server.store().add("INBOX", "Subject: more\r\n\r\n");
      }
      return all;
    };
    const list sent = transcript(behaves);
    const list again = transcript(behaves);
    const list orderly = transcript(strict(behaves));
    CHECK((sent == again) == true);
    CHECK((sent == orderly) != loose.contains(behaves.name));
    if (!loose.contains(behaves.name)) continue;
    const auto some = [&](auto&& is) { return std::ranges::any_of(sent, is); };
    CHECK(some([](const std::string& l) { return l.ends_with(" OK"); }));
    CHECK(some([](const std::string& l) {
      return l.find("Exists") != std::string::npos || l.find("Flags") != std::string::npos ||
             l.find("List") != std::string::npos;
    }));
    CHECK(some([](const std::string& l) { return l.find(") / ") != std::string::npos; }));
    auto other = behaves;
    other.loose_seed = 99;
    CHECK((transcript(other) == sent) == false);
  }
}

TEST_CASE("XIMAP-2.1.6 no response has odd spacing, also where the ABNF is broken otherwise") {
  for (const personality& behaves : exchanges()) {
    CAPTURE(behaves.name);
    running_server server(behaves);
    fill(server);
    for (const std::string& line : session_lines(server)) {
      CAPTURE(line);
      CHECK(line.find("  ") == std::string::npos);
      CHECK(line.find('\t') == std::string::npos);
      CHECK_FALSE(line.ends_with(' '));
      CHECK(line.find("( ") == std::string::npos);
      CHECK(line.find(" )") == std::string::npos);
    }
  }
}

TEST_CASE("XIMAP-V0049 XIMAP-V0051 XIMAP-V0052 XIMAP-V0020 XIMAP-V0023 neither ALERT, PARSE, PREAUTH nor CAPABILITY") {
  for (const personality& behaves : exchanges()) {
    CAPTURE(behaves.name);
    running_server server(behaves);
    fill(server);
    for (const std::string& line : session_lines(server)) {
      CAPTURE(line);
      CHECK(line.find("[ALERT") == std::string::npos);
      CHECK(line.find("[PARSE") == std::string::npos);
      CHECK(line.find("[CAPABILITY") == std::string::npos);
      CHECK_FALSE(line.starts_with("* PREAUTH"));
    }
    client c = server.connect();
    CHECK(c.greeting().starts_with("* OK "));
    const answer started = c.command("STARTTLS");
    CHECK(started.untagged.empty());
    CHECK(started.tagged.find('[') == std::string::npos);
  }
}

TEST_CASE("XIMAP-V0050 an informational untagged OK has text and no code") {
  for (const personality& behaves : exchanges()) {
    CAPTURE(behaves.name);
    running_server server(strict(behaves));
    fill(server);
    CHECK(server.connect().greeting() == "* OK The Microsoft Exchange IMAP4 service is ready.");
    for (const std::string& line : session_lines(server)) {
      if (!line.starts_with("* OK ")) continue;
      const bool code = line.find('[') == 5;
      CAPTURE(line);
      // Only those of SELECT carry codes, and each has words for people.
      CHECK((!code || line.find("] ") != std::string::npos));
      CHECK((code || line.size() > 6));
    }
  }
}

TEST_CASE("XIMAP-V0048 each response code can be left out") {
  for (const std::string code :
       {"UNSEEN", "PERMANENTFLAGS", "UIDNEXT", "UIDVALIDITY", "READ-WRITE", "READ-ONLY", "TRYCREATE", "BADCHARSET"}) {
    CAPTURE(code);
    for (const bool omitted : {false, true}) {
      auto behaves = personality::exchange_2019();
      if (omitted) behaves.omitted_codes = {code};
      running_server server(behaves);
      fill(server);
      const list lines = session_lines(server);
      const bool there = std::ranges::any_of(
          lines, [&](const std::string& line) { return line.find(" [" + code) != std::string::npos; });
      CHECK(there == !omitted);
    }
  }
}

TEST_CASE("XIMAP-2.1.5 XIMAP-V0003 slips of the grammar are let pass and logged; strict servers refuse them") {
  for (personality behaves : exchanges()) {
    CAPTURE(behaves.name);
    running_server server(strict(std::move(behaves)));
    client c = server.login();
    CHECK(c.command("SELECT INBOX").tagged.starts_with("OK"));
    REQUIRE(server->log().slips().empty());
    c.write("x\tNOOP\r\n");
    CHECK(c.read_answer("x").tagged.starts_with("OK"));
    CHECK(c.command("STATUS INBOX MESSAGES").tagged.starts_with("OK"));
    CHECK(c.command_with_literal(R"(APPEND INBOX \Seen)", "a: b\r\n\r\n").tagged.starts_with("OK"));
    CHECK(server.store().messages("INBOX").at(0).flags.has(system_flag::seen));
    c.write("x NOOP\r\n");  // XIMAP-V0001
    CHECK(c.read_answer("x").tagged.starts_with("OK"));
    const auto slips = server->log().slips();
    REQUIRE(slips.size() == 4);
    CHECK(slips[0].what == "TAB beside the command word.");
    CHECK(slips[1].what == "Status items without parentheses.");
    CHECK(slips[2].what == "Flag list without parentheses.");
    CHECK(slips[3].what == "The tag was used before.");
    CHECK(slips[3].command == "x NOOP");
  }
  running_server server(personality::generic());
  client c = server.login();
  CHECK(c.command("STATUS INBOX MESSAGES").tagged.starts_with("BAD"));
  CHECK(c.command_with_literal(R"(APPEND INBOX \Seen)", "a: b\r\n\r\n").tagged.starts_with("BAD"));
}

TEST_CASE("XIMAP-2.1.5 an 8-bit password in quotes passes as a slip, and no log shows it") {
  running_server server(personality::exchange_2019());
  client c = server.connect_tls();
  CHECK(c.command("LOGIN anna \"" + std::string(test_password) + "\"").tagged.starts_with("OK"));
  const auto slips = server->log().slips();
  REQUIRE(slips.size() == 1);
  CHECK(slips[0].what == "8-bit octet in a quoted string.");
  CHECK(slips[0].command.ends_with("LOGIN anna <secret>"));
  running_server orderly(personality::generic());
  client d = orderly.connect_tls();
  CHECK(d.command("LOGIN anna \"" + std::string(test_password) + "\"").tagged.starts_with("BAD"));
  for (const command_seen& seen : orderly->log().commands()) CHECK(seen.line.find("ssword") == std::string::npos);
}

TEST_CASE("XIMAP-V0061 each product ends the connection with the fourth failure, and counts anew for the next") {
  for (const personality& behaves : exchanges()) {
    CAPTURE(behaves.name);
    running_server server(strict(behaves));
    for (int session = 0; session < 2; ++session) {
      client c = server.connect_tls();
      for (int i = 0; i < 4; ++i) CHECK(c.command("LOGIN anna wrong").tagged == "NO LOGIN failed.");
      CHECK(c.ended());
    }
    CHECK(server.login().command("NOOP").tagged == "OK NOOP completed.");
  }
  auto behaves = personality::exchange_2019();
  behaves.drop_at_next_attempt = true;
  running_server server(behaves);
  client c = server.connect_tls();
  for (int i = 0; i < 4; ++i) CHECK(c.command("LOGIN anna wrong").tagged == "NO LOGIN failed.");
  CHECK(c.command("NOOP").tagged.starts_with("OK"));
  c.write("five LOGIN anna wrong\r\n");
  CHECK(c.ended());
}

TEST_CASE("XIMAP-V0018 XIMAP-V0019 nothing is to be had without a name and a password") {
  for (const personality& behaves : exchanges()) {
    CAPTURE(behaves.name);
    running_server server(behaves);
    client c = server.connect_tls();
    for (const char* command : {"SELECT INBOX", "EXAMINE INBOX", R"(LIST "" *)", "STATUS INBOX (MESSAGES)", "CREATE x",
                                "FETCH 1 FLAGS", "IDLE", "NAMESPACE", "SEARCH ALL", "CLOSE"}) {
      CAPTURE(command);
      CHECK(c.command(command).tagged.starts_with("BAD"));
    }
    CHECK(c.command("AUTHENTICATE ANONYMOUS").tagged.starts_with("BAD"));
    CHECK(c.command("LOGIN anonymous anna@example.com").tagged.starts_with("NO"));
    CHECK(c.command("SELECT INBOX").tagged.starts_with("BAD"));
  }
}

TEST_CASE("XIMAP-V0021 no security layer: the stream stays as it is after AUTHENTICATE") {
  for (personality behaves : {personality::exchange_2003(), personality::exchange_2007(), personality::exchange_2010(),
                              personality::exchange_2010sp2(), personality::generic()}) {
    CAPTURE(behaves.name);
    running_server server(strict(std::move(behaves)));
    client c = server.connect();
    const auto by = mechanism_for(mechanism::ntlm, test_user, test_password);
    CHECK(c.authenticate(*by).tagged == "OK AUTHENTICATE completed.");
    c.write("p NOOP\r\n");
    CHECK(c.read_line() == "p OK NOOP completed.");
  }
  running_server server(personality::generic());
  client c = server.connect();
  const auto by = mechanism_for(mechanism::digest_md5, test_user, test_password);
  CHECK(c.authenticate(*by).tagged == "OK AUTHENTICATE completed.");
  c.write("p NOOP\r\n");
  CHECK(c.read_line() == "p OK NOOP completed.");
}

TEST_CASE("XIMAP-V0047 XIMAP-V0053 no experimental command, no other LIST attribute than the two") {
  for (const personality& behaves : exchanges()) {
    CAPTURE(behaves.name);
    running_server server(strict(behaves));
    fill(server);
    server.store().create_noselect("top");
    server.store().set_marked("a", true);
    client c = server.login();
    for (const char* command : {"XLIST \"\" *", "XTEST", "X-ABC", "XAPPLEPUSHSERVICE"}) {
      CHECK(c.command(command).tagged.starts_with("BAD"));
    }
    std::set<std::string> attributes;
    for (const std::string& line : c.command(R"(LIST "" *)").untagged) {
      attributes.insert(line.substr(5, line.find(')') - 4));
    }
    CHECK(attributes == std::set<std::string>{"()", "(\\Marked)", "(\\Noselect)"});
  }
}

TEST_CASE("XIMAP-V0036 CHECK does what NOOP does") {
  for (const personality& behaves : exchanges()) {
    CAPTURE(behaves.name);
    running_server server(strict(behaves));
    fill(server);
    client c = server.login();
    CHECK(c.command("CHECK").tagged.starts_with("BAD"));  // nothing is selected
    c.command("SELECT INBOX");
    server.store().add("INBOX", "a: b\r\n\r\n");
    server.store().expunge("INBOX", 1);
    const answer got = c.command("CHECK");
    CHECK(got.untagged == list{"1 EXPUNGE", "2 EXISTS", "2 RECENT"});
    CHECK(got.tagged == "OK CHECK completed.");
    CHECK(c.command("NOOP").untagged.empty());
  }
}

TEST_CASE("NTLM-2.2.4-01 a delegate opens the mailboxes of the principal") {
  const auto hers = std::make_shared<mailbox_store>();
  const auto his = std::make_shared<mailbox_store>();
  his->create("Bob's folder");
  running_server server(personality::exchange_2019(), [&](server_options& o) {
    o.accounts = {{"anna", secret("hers"), hers}, {"bob", secret("his"), his}};
  });
  for (const char* user :
       {"CORP/anna/bob", "CORP/anna/bob@example.com", "anna@example.com/bob", "anna@example.com/bob@example.com"}) {
    CAPTURE(user);
    client c = server.connect_tls();
    CHECK(c.command("LOGIN " + std::string(user) + " hers").tagged.starts_with("OK"));
    CHECK(c.command(R"(LIST "" *)").untagged.size() == 2);
    const command_seen last = server->log().commands().back();
    CHECK(last.user == "anna");
    CHECK(last.principal == std::string(user).substr(std::string(user).rfind('/') + 1));
  }
  client own = server.connect_tls();
  CHECK(own.command("LOGIN CORP/anna hers").tagged.starts_with("OK"));
  CHECK(own.command(R"(LIST "" *)").untagged.size() == 1);
  client nobody = server.connect_tls();
  CHECK(nobody.command("LOGIN CORP/anna/carol hers").tagged.starts_with("NO"));
  // IDLE hears of the principal's mail.
  client idle = server.connect_tls();
  idle.command("LOGIN CORP/anna/bob hers");
  idle.command("SELECT INBOX");
  idle.write("i IDLE\r\n");
  CHECK(idle.read_line().starts_with("+ "));
  his->add("INBOX", "a: b\r\n\r\n");
  CHECK(idle.read_line() == "* 1 EXISTS");
}

}  // namespace outmap::exchange::test
