#include <doctest/doctest.h>

#include <algorithm>

#include "client.hpp"

namespace outmap::exchange::test {

namespace {

std::vector<std::string> names(client& c, const std::string& arguments, const std::string& command = "LIST") {
  std::vector<std::string> found;
  for (const std::string& line : c.command(command + " " + arguments).lines(command)) {
    found.push_back(line.substr(line.find("\"/\" ") + 4));
  }
  return found;
}

using list = std::vector<std::string>;

}  // namespace

TEST_CASE("XIMAP-V0011 XIMAP-V0032 wildcards of LIST") {
  running_server server(personality::exchange_2016());
  server.store().create("a/b/c");
  server.store().create("Entwürfe");
  client c = server.login();
  CHECK(names(c, R"("" "*")") == list{"a", "a/b", "a/b/c", "Entw&APw-rfe", "INBOX"});
  CHECK(names(c, R"("" %)") == list{"a", "Entw&APw-rfe", "INBOX"});
  CHECK(names(c, R"("" a/%)") == list{"a/b"});
  CHECK(names(c, R"("" *c)") == list{"a/b/c"});
  CHECK(names(c, R"("" A/*)") == list{"a/b", "a/b/c"});
  CHECK(names(c, R"("" Entw&APw-rf%)") == list{"Entw&APw-rfe"});
  CHECK(names(c, R"("" inbox)") == list{"INBOX"});
  CHECK(c.command(R"(LIST "" "")").untagged == list{R"(LIST (\Noselect) "/" "")"});
}

TEST_CASE("XIMAP-V0031 a reference without a delimiter at its end lists nothing") {
  running_server server(personality::exchange_2016());
  server.store().create("a/b");
  client c = server.login();
  const answer bare = c.command("LIST a %");
  CHECK(bare.untagged.empty());
  CHECK(bare.tagged == "OK LIST completed.");
  CHECK(names(c, "a/ %") == list{"a/b"});
}

TEST_CASE("XIMAP-V0009 XIMAP-V0030 a backslash or a quote in a name makes a literal") {
  for (const auto& behaves : {strict(personality::exchange_2007()), personality::exchange_2016()}) {
    running_server server(behaves);
    server.store().create("back\\slash");
    server.store().create("say \"hi\"");
    server.store().create("two words");
    server.store().create("per%cent");
    client c = server.login();
    CHECK(names(c, R"("" back*)") == list{"{10}\r\nback\\slash"});
    CHECK(names(c, R"("" two*)") == list{"\"two words\""});
    CHECK(names(c, R"("" per*)") == list{"\"per%cent\""});
    const bool old = behaves.name == "2007";
    CHECK(names(c, R"("" say*)") == list{old ? R"("say "hi"")" : "{8}\r\nsay \"hi\""});
    CHECK(c.command(R"(SELECT "back\\slash")").tagged.starts_with("OK"));
    CHECK(c.command_with_literal("SELECT", "say \"hi\"").tagged.starts_with("OK"));
  }
}

TEST_CASE("XIMAP-V0033 XIMAP-V0009 LSUB and STATUS make literals of the same names as LIST, in each product") {
  for (const personality& behaves : exchanges()) {
    CAPTURE(behaves.name);
    running_server server(strict(behaves));
    const bool old = behaves.name == "2003" || behaves.name == "2007";
    for (const auto& [name, wire] : {std::pair<std::string, std::string>{"back\\slash", "{10}\r\nback\\slash"},
                                     {"say \"hi\"", old ? "\"say \"hi\"\"" : "{8}\r\nsay \"hi\""},
                                     {"two words", "\"two words\""},
                                     {"plain", "plain"}}) {
      server.store().create(name);
      server.store().subscribe(name);
      client c = server.login();
      CHECK(names(c, "\"\" " + name.substr(0, 2) + "*", "LIST") == list{wire});
      CHECK(names(c, "\"\" " + name.substr(0, 2) + "*", "LSUB") == list{wire});
      const answer status = c.command_with_literal("STATUS", name);
      CHECK(status.tagged.starts_with("BAD"));  // the items are missing
      c.write("s STATUS {" + std::to_string(name.size()) + "}\r\n");
      CHECK(c.read_line().starts_with("+ "));
      c.write(name + " (MESSAGES)\r\n");
      CHECK(c.read_answer("s").untagged == list{"STATUS " + wire + " (MESSAGES 0)"});
    }
  }
}

TEST_CASE("XIMAP-V0008 names differ by more than case") {
  running_server server(personality::exchange_2016());
  client c = server.login();
  CHECK(c.command("CREATE Reports").tagged == "OK CREATE completed.");
  CHECK(c.command("CREATE REPORTS").tagged.starts_with("NO"));
  CHECK(c.command("SELECT rePORTs").tagged.starts_with("OK"));
  CHECK(names(c, R"("" rep*)") == list{"Reports"});
  running_server strict(personality::generic());
  client d = strict.login();
  CHECK(d.command("CREATE Reports").tagged.starts_with("OK"));
  CHECK(d.command("CREATE REPORTS").tagged.starts_with("OK"));
  CHECK(d.command("SELECT iNBoX").tagged.starts_with("OK"));
}

TEST_CASE("XIMAP-V0010 XIMAP-V0012 wildcards, hash and ampersand in names") {
  running_server server(personality::exchange_2016());
  client c = server.login();
  CHECK(c.command("CREATE \"50% *sure*\"").tagged.starts_with("OK"));
  CHECK(c.command("CREATE per%cent").tagged.starts_with("BAD"));
  CHECK(c.command("CREATE #tags").tagged.starts_with("OK"));
  CHECK(c.command("CREATE R&-D").tagged.starts_with("OK"));
  CHECK(c.command("CREATE R&D").tagged.starts_with("BAD"));
  CHECK(server.store().find("R&D").has_value());
  CHECK(server.store().find("50% *sure*").has_value());
}

TEST_CASE("XIMAP-V0026 XIMAP-V0027 CREATE makes superior names, DELETE spares them") {
  running_server server(personality::exchange_2016());
  client c = server.login();
  CHECK(c.command("CREATE a/b/c").tagged.starts_with("OK"));
  CHECK(c.command("DELETE a/b").tagged.starts_with("NO"));
  CHECK(c.command("DELETE a/b/c").tagged.starts_with("OK"));
  CHECK(c.command("DELETE a/b").tagged.starts_with("OK"));
  CHECK(c.command("DELETE nosuch").tagged.starts_with("NO"));
  CHECK(c.command("DELETE INBOX").tagged.starts_with("NO"));
  CHECK(names(c, R"("" *)") == list{"a", "INBOX"});
}

TEST_CASE("XIMAP-V0028 RENAME with a delimiter in the new name is BAD") {
  running_server server(personality::exchange_2016());
  server.store().create("old/deep");
  server.store().add("old/deep", "Subject: x\r\n\r\n");
  const auto before = server.store().find("old/deep");
  client c = server.login();
  CHECK(c.command("RENAME old a/b").tagged.starts_with("BAD"));
  CHECK(c.command("RENAME nosuch new").tagged.starts_with("NO"));
  CHECK(c.command("RENAME old INBOX").tagged.starts_with("NO"));
  CHECK(c.command("RENAME old new").tagged.starts_with("OK"));
  const auto after = server.store().find("new/deep");
  REQUIRE(after);
  CHECK(after->uid_validity == before->uid_validity);
  CHECK(after->exists == 1);
  CHECK_FALSE(server.store().find("old"));

  running_server lenient(personality::generic());
  lenient.store().create("x/y");
  client d = lenient.login();
  CHECK(d.command("RENAME x over/here").tagged.starts_with("OK"));
  CHECK(lenient.store().find("over/here/y").has_value());
}

TEST_CASE("RENAME of INBOX moves its messages and leaves it") {
  running_server server;
  server.store().add("INBOX", "Subject: x\r\n\r\n");
  client c = server.login();
  CHECK(c.command("RENAME INBOX kept").tagged.starts_with("OK"));
  CHECK(server.store().find("INBOX")->exists == 0);
  CHECK(server.store().find("kept")->exists == 1);
}

TEST_CASE("XIMAP-V0029 XIMAP-V0034 SUBSCRIBE does not look and LSUB has its own flags") {
  running_server server(personality::exchange_2016());
  server.store().create("a/b");
  server.store().set_marked("a/b", true);
  client c = server.login();
  CHECK(c.command("SUBSCRIBE nosuch").tagged.starts_with("OK"));
  CHECK(c.command("SUBSCRIBE a/b").tagged.starts_with("OK"));
  CHECK(c.command(R"(LIST "" a/b)").untagged == list{R"(LIST (\Marked) "/" a/b)"});  // XIMAP-V0053
  CHECK(c.command(R"(LSUB "" *)").untagged == list{R"(LSUB () "/" a/b)", R"(LSUB () "/" nosuch)"});
  CHECK(c.command(R"(LSUB "" %)").untagged == list{R"(LSUB (\Noselect) "/" a)", R"(LSUB () "/" nosuch)"});
  CHECK(c.command("UNSUBSCRIBE nosuch").tagged.starts_with("OK"));
  CHECK(c.command("UNSUBSCRIBE nosuch").tagged.starts_with("NO"));
  CHECK(c.command("SELECT nosuch").tagged.starts_with("NO"));
}

TEST_CASE("XIMAP-C0002 XIMAP-C0003 depth and length of names") {
  running_server server(personality::exchange_2016());
  client c = server.login();
  std::string deep = "x";
  for (int i = 1; i < 31; ++i) deep += "/x";
  CHECK(c.command("CREATE " + deep + "/x").tagged.starts_with("NO"));
  CHECK(c.command("CREATE " + deep).tagged.starts_with("OK"));
  CHECK(c.command("CREATE " + std::string(251, 'n')).tagged.starts_with("NO"));
  CHECK(c.command("CREATE " + std::string(250, 'n')).tagged.starts_with("OK"));
  CHECK(c.command("CREATE a//b").tagged.starts_with("NO"));
  server.store().create("long" + std::string(300, 'n'));
  CHECK(names(c, R"("" long*)") == list{"long" + std::string(246, 'n')});
}

TEST_CASE("XIMAP-V0048 XIMAP-V0054 XIMAP-E0001 what SELECT says") {
  running_server server(personality::exchange_2016());
  flag_set seen;
  seen.set(system_flag::seen);
  server.store().add("INBOX", "a: b\r\n\r\n", seen);
  server.store().add("INBOX", "a: b\r\n\r\n");
  server.store().create_noselect("top");
  client c = server.login();
  const answer got = c.command("SELECT INBOX");
  CHECK(got.untagged ==
        list{R"(FLAGS (\Seen \Answered \Flagged \Deleted \Draft $MDNSent))", "2 EXISTS", "2 RECENT",
             "OK [UNSEEN 2] Is the first unseen message",
             R"(OK [PERMANENTFLAGS (\Seen \Answered \Flagged \Deleted \Draft $MDNSent)] Permanent flags)",
             "OK [UIDNEXT 3] Next UID value",
             "OK [UIDVALIDITY " + std::to_string(server.store().find("INBOX")->uid_validity) + "] UIDVALIDITY value"});
  CHECK(got.tagged == "OK [READ-WRITE] SELECT completed.");
  CHECK(c.command("SELECT INBOX").has("0 RECENT"));
  CHECK(c.command("SELECT top").tagged.starts_with("NO"));
  // RFC 3501 6.3.1: a failed SELECT leaves nothing selected.
  CHECK(c.command("FETCH 1 FLAGS").tagged.starts_with("BAD"));
  const answer examined = c.command("EXAMINE INBOX");
  CHECK(examined.has("OK [PERMANENTFLAGS ()] Permanent flags"));
  CHECK(examined.tagged == "OK [READ-ONLY] EXAMINE completed.");
  CHECK(c.command(R"(STORE 1 FLAGS (\Seen))").tagged.starts_with("NO"));
}

TEST_CASE("STATUS counts") {
  running_server server(personality::exchange_2016());
  server.store().create("Отчёты");
  server.store().add("Отчёты", "a: b\r\n\r\n");
  client c = server.login();
  const std::string validity = std::to_string(server.store().find("Отчёты")->uid_validity);
  CHECK(c.command("STATUS &BB4EQgRHBFEEQgRL- (MESSAGES UNSEEN UIDNEXT UIDVALIDITY RECENT)").untagged ==
        list{"STATUS &BB4EQgRHBFEEQgRL- (MESSAGES 1 UNSEEN 1 UIDNEXT 2 UIDVALIDITY " + validity + " RECENT 1)"});
  CHECK(c.command("STATUS nosuch (UNSEEN)").tagged.starts_with("NO"));
  CHECK(c.command("STATUS INBOX (NONSENSE)").tagged.starts_with("BAD"));
}

TEST_CASE("a recreated folder has another UIDVALIDITY") {
  mailbox_store store;
  store.create("x");
  const auto first = store.find("x")->uid_validity;
  CHECK(store.remove_folder("x") == tree_result::done);
  store.create("x");
  CHECK(store.find("x")->uid_validity > first);
}

}  // namespace outmap::exchange::test
