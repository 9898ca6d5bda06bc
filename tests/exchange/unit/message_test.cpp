#include <doctest/doctest.h>

#include "client.hpp"

namespace outmap::exchange::test {

namespace {

using list = std::vector<std::string>;

const std::string header = "Subject: one\r\nFrom: a@example.org\r\n\r\n";
const std::string text = "Hello.\r\n";
const std::string whole = header + text;

std::string literal(const std::string& octets) { return "{" + std::to_string(octets.size()) + "}\r\n" + octets; }

flag_set flags(std::initializer_list<system_flag> some) {
  flag_set all;
  for (const system_flag f : some) all.set(f);
  return all;
}

/// `count` messages in INBOX.
running_server with_messages(int count, personality behaves = personality::exchange_2016()) {
  return running_server(std::move(behaves), [&](server_options& o) {
    o.store = std::make_shared<mailbox_store>(o.behaves.names_ignore_case);
    for (int i = 0; i < count; ++i) o.store->add("INBOX", whole, {}, {837'596'665 + i, -420});
  });
}

}  // namespace

TEST_CASE("OIMAP-V0055 the FETCH lists of both groups") {
  auto behaves = personality::exchange_2016();
  behaves.sizes = size_rule::exact;
  auto server = with_messages(1, behaves);
  client c = server.login();
  c.command("SELECT INBOX");
  c.command("NOOP");
  const std::string size = std::to_string(whole.size());
  const std::string date = "\"17-Jul-1996 02:44:25 -0700\"";
  const auto fetched = [&](const std::string& items) { return c.command("UID FETCH 1 " + items).lines("1 FETCH"); };
  CHECK(fetched("(UID FLAGS)") == list{R"(1 FETCH (UID 1 FLAGS (\Recent)))"});
  CHECK(
      fetched("(UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER])") ==
      list{"1 FETCH (UID 1 RFC822.SIZE " + size + " INTERNALDATE " + date + " BODY[HEADER] " + literal(header) + ")"});
  CHECK(fetched("(UID FLAGS BODY.PEEK[])") == list{R"(1 FETCH (UID 1 FLAGS (\Recent) BODY[] )" + literal(whole) + ")"});
  CHECK(fetched("(RFC822.HEADER)") == list{"1 FETCH (UID 1 RFC822.HEADER " + literal(header) + ")"});
  CHECK(fetched("(RFC822.PEEK)") == list{"1 FETCH (UID 1 RFC822 " + literal(whole) + ")"});
  CHECK(fetched("BODY.PEEK[TEXT]") == list{"1 FETCH (UID 1 BODY[TEXT] " + literal(text) + ")"});
  CHECK(fetched("BODY.PEEK[]<2.5>") == list{"1 FETCH (UID 1 BODY[]<2> {5}\r\nbject)"});
  CHECK(server.store().find("INBOX")->unseen == 1);

  CHECK(fetched("(RFC822)") == list{"1 FETCH (UID 1 RFC822 " + literal(whole) + R"( FLAGS (\Seen \Recent)))"});
  CHECK(server.store().find("INBOX")->unseen == 0);
  CHECK(c.command("FETCH 1 NONSENSE").tagged.starts_with("BAD"));
  CHECK(c.command("FETCH 1 BODY[1.NONSENSE]").tagged.starts_with("BAD"));
  CHECK(server->log().totals().bodies == 5);
  CHECK(server->log().totals().body_octets == 3 * whole.size() + text.size() + 5);
  CHECK(server->log().totals().headers == 2);
}

TEST_CASE("BODY[] marks as read, but not in a mailbox that is open read-only") {
  auto server = with_messages(2);
  client c = server.login();
  c.command("EXAMINE INBOX");
  c.command("UID FETCH 1 BODY[]");
  CHECK(server.store().find("INBOX")->unseen == 2);
  c.command("SELECT INBOX");
  c.command("UID FETCH 1 BODY[HEADER]");
  c.command("UID FETCH 2 BODY.PEEK[]");
  CHECK(server.store().find("INBOX")->unseen == 1);
}

TEST_CASE("RFC 3501 6.4.8 a UID set: gaps are silent and n:* holds the last message") {
  auto server = with_messages(4);
  server.store().expunge("INBOX", 2);
  client c = server.login();
  c.command("SELECT INBOX");
  const auto uids = [&](const std::string& set) { return c.command("UID FETCH " + set + " (UID)").lines("").size(); };
  CHECK(uids("1:*") == 3);
  CHECK(uids("2") == 0);
  CHECK(uids("2:3") == 1);
  CHECK(uids("900:*") == 1);
  CHECK(uids("*:900") == 1);
  CHECK(uids("1,3:4,1:3") == 3);
  CHECK(c.command("UID FETCH 900:* (UID)").untagged == list{"3 FETCH (UID 4)"});
  CHECK(c.command("FETCH 4 (UID)").tagged.starts_with("BAD"));
  CHECK(c.command("FETCH 0 (UID)").tagged.starts_with("BAD"));
  CHECK(c.command("UID FETCH 5000000000 (UID)").tagged.starts_with("BAD"));
}

TEST_CASE("FETCH in an empty mailbox") {
  running_server server;
  client c = server.login();
  c.command("SELECT INBOX");
  CHECK(c.command("UID FETCH 1:* (UID FLAGS)").tagged == "OK FETCH completed.");
  CHECK(c.command("FETCH 1:* (UID FLAGS)").tagged.starts_with("BAD"));
}

TEST_CASE("STORE adds, removes and replaces, loud and silent") {
  auto server = with_messages(2, personality::exchange_2016());
  client c = server.login();
  c.command("SELECT INBOX");
  CHECK(c.command(R"(STORE 1 +FLAGS (\Seen \Flagged))").untagged ==
        list{R"(1 FETCH (FLAGS (\Seen \Flagged \Recent)))"});
  CHECK(c.command(R"(UID STORE 2 FLAGS \Draft)").untagged == list{R"(2 FETCH (UID 2 FLAGS (\Draft \Recent)))"});
  CHECK(c.command(R"(STORE 1 -FLAGS.SILENT (\Seen))").untagged.empty());
  CHECK(server.store().find_message("INBOX", 1)->flags == flags({system_flag::flagged}));
  CHECK(c.command("STORE 2 FLAGS ()").untagged == list{R"(2 FETCH (FLAGS (\Recent)))"});
  CHECK(c.command(R"(STORE 3 FLAGS (\Seen))").tagged.starts_with("BAD"));
}

TEST_CASE("XIMAP-V0005 XIMAP-2.3 keywords of clients are not kept, $MDNSent is") {
  auto behaves = personality::exchange_2016();
  {
    auto server = with_messages(1, behaves);
    client c = server.login();
    c.command("SELECT INBOX");
    CHECK(c.command("STORE 1 +FLAGS ($Label1)").tagged.starts_with("BAD"));
    CHECK(c.command(R"(STORE 1 +FLAGS (\Nonsense))").tagged.starts_with("BAD"));
    CHECK(c.command("STORE 1 +FLAGS ($mdnsent)").untagged == list{R"(1 FETCH (FLAGS ($MDNSent \Recent)))"});
    CHECK(c.command("STORE 1 -FLAGS ($MDNSent)").untagged == list{R"(1 FETCH (FLAGS (\Recent)))"});
  }
  behaves.ignore_invalid_args = true;
  auto server = with_messages(1, behaves);
  client c = server.login();
  c.command("SELECT INBOX");
  CHECK(c.command(R"(STORE 1 +FLAGS ($Label1 \Seen \Nonsense))").untagged ==
        list{R"(1 FETCH (FLAGS (\Seen \Recent)))"});
  CHECK(c.command("STATUS INBOX (NONSENSE MESSAGES)").untagged == list{"STATUS INBOX (MESSAGES 1)"});
}

TEST_CASE("XIMAP-V0055 the EXISTS of an EXPUNGE can come behind the OK, or with the next command") {
  for (const exists_timing when : {exists_timing::before_ok, exists_timing::after_ok, exists_timing::next_command}) {
    auto behaves = personality::exchange_2019();
    CHECK(behaves.expunge_exists == exists_timing::before_ok);
    behaves.expunge_exists = when;
    auto server = with_messages(2, behaves);
    client c = server.login();
    c.command("SELECT INBOX");
    c.command(R"(STORE 1 +FLAGS.SILENT (\Deleted))");
    const answer got = c.command("EXPUNGE");
    CHECK(got.has("1 EXPUNGE"));
    CHECK(got.has("1 EXISTS") == (when == exists_timing::before_ok));
    if (when == exists_timing::after_ok) CHECK(c.read_line() == "* 1 EXISTS");
    CHECK(c.command("NOOP").has("1 EXISTS") == (when == exists_timing::next_command));
    CHECK(c.command("NOOP").untagged.empty());
  }
}

TEST_CASE("XIMAP-V0055 EXPUNGE counts down and then states the size") {
  auto server = with_messages(4);
  client c = server.login();
  c.command("SELECT INBOX");
  c.command(R"(STORE 2,4 +FLAGS.SILENT (\Deleted))");
  const answer got = c.command("EXPUNGE");
  CHECK(got.untagged == list{"4 EXPUNGE", "2 EXPUNGE", "2 EXISTS"});
  CHECK(got.tagged == "OK EXPUNGE completed.");
  CHECK(c.command("FETCH 1:* (UID)").untagged == list{"1 FETCH (UID 1)", "2 FETCH (UID 3)"});
}

TEST_CASE("CLOSE expunges without a word and leaves the mailbox") {
  auto server = with_messages(2);
  client c = server.login();
  c.command("SELECT INBOX");
  c.command(R"(STORE 1 +FLAGS.SILENT (\Deleted))");
  CHECK(c.command("CLOSE").untagged.empty());
  CHECK(server.store().find("INBOX")->exists == 1);
  CHECK(c.command("EXPUNGE").tagged.starts_with("BAD"));
}

TEST_CASE("XIMAP-V0013 RFC 3501 7.4.1 others' expunges wait while numbers are in use") {
  auto server = with_messages(3);
  client c = server.login();
  c.command("SELECT INBOX");
  server.store().expunge("INBOX", 2);
  server.store().add("INBOX", whole);
  const answer by_number = c.command("FETCH 1:3 (UID)");
  CHECK(by_number.untagged == list{"1 FETCH (UID 1)", "3 FETCH (UID 3)", "4 EXISTS", "4 RECENT"});
  CHECK(by_number.tagged.starts_with("NO"));
  CHECK(c.command(R"(STORE 3 +FLAGS (\Seen))").untagged == list{R"(3 FETCH (FLAGS (\Seen \Recent)))"});
  CHECK(c.command("UID FETCH 2 (UID)").untagged == list{"2 EXPUNGE"});
  CHECK(c.command("FETCH 2:3 (UID)").untagged == list{"2 FETCH (UID 3)", "3 FETCH (UID 4)"});
}

TEST_CASE("XIMAP-V0046 XIMAP-V0044 flags changed elsewhere are seen only by asking") {
  auto server = with_messages(1);
  client c = server.login();
  c.command("SELECT INBOX");
  server.store().set_flags("INBOX", 1, flags({system_flag::answered}));
  CHECK(c.command("NOOP").untagged.empty());
  CHECK(c.command("UID FETCH 1 (UID FLAGS)").untagged == list{R"(1 FETCH (UID 1 FLAGS (\Answered \Recent)))"});

  auto other = with_messages(1, personality::generic());
  client d = other.login();
  d.command("SELECT INBOX");
  other.store().set_flags("INBOX", 1, flags({system_flag::answered}));
  CHECK(d.command("NOOP").untagged == list{R"(1 FETCH (FLAGS (\Answered \Recent)))"});
  CHECK(d.command("NOOP").untagged.empty());
}

TEST_CASE("XIMAP-2.1.2 XIMAP-V0004 a revised message comes back under a new UID") {
  auto server = with_messages(2);
  client c = server.login();
  c.command("SELECT INBOX");
  const auto validity = server.store().find("INBOX")->uid_validity;
  CHECK(server.store().revise("INBOX", 1, "Subject: changed\r\n\r\n") == 3);
  CHECK(c.command("NOOP").untagged == list{"1 EXPUNGE", "2 EXISTS", "2 RECENT"});
  CHECK(c.command("UID FETCH 1 BODY.PEEK[]").untagged.empty());
  CHECK(c.command("UID FETCH 3 BODY.PEEK[]").lines("2 FETCH").size() == 1);
  CHECK(server.store().find("INBOX")->uid_validity == validity);
}

TEST_CASE("XIMAP-V0006 XIMAP-V0045 RFC822.SIZE is a guess until the body was fetched") {
  auto server = with_messages(1);
  client c = server.login();
  c.command("SELECT INBOX");
  const auto size = [&] { return c.command("FETCH 1 RFC822.SIZE").untagged[0]; };
  const std::string exact = "1 FETCH (RFC822.SIZE " + std::to_string(whole.size()) + ")";
  const std::string guess = size();
  CHECK(guess != exact);
  CHECK(size() == guess);
  c.command("FETCH 1 BODY.PEEK[]");
  CHECK(size() == exact);
  // XIMAP-2.1.2: what is revised has a size that nobody knows yet.
  server.store().revise("INBOX", 1);
  c.command("NOOP");
  CHECK(size() != exact);
}

TEST_CASE("XIMAP-V0035 EXISTS of an APPEND comes before the OK, after it or later") {
  for (const exists_timing when : {exists_timing::before_ok, exists_timing::after_ok, exists_timing::next_command}) {
    auto behaves = personality::exchange_2016();
    behaves.append_exists = when;
    running_server server(behaves);
    client c = server.login();
    c.command("SELECT INBOX");
    const answer got = c.command_with_literal(R"(APPEND INBOX (\Seen $MDNSent) "17-Jul-1996 02:44:25 -0700")", whole);
    CHECK(got.tagged == "OK APPEND completed.");
    CHECK(got.has("1 EXISTS") == (when == exists_timing::before_ok));
    if (when == exists_timing::after_ok) CHECK(c.read_line() == "* 1 EXISTS");
    const answer next = c.command("NOOP");
    CHECK(next.has("1 EXISTS") == (when == exists_timing::next_command));
    const auto kept = server.store().find_message("INBOX", 1);
    REQUIRE(kept);
    CHECK(*kept->octets == whole);
    CHECK(kept->date == internal_date{837'596'665, -420});
    CHECK(kept->flags.to_string() == "\\Seen $MDNSent");
  }
}

TEST_CASE("APPEND and COPY to a folder that is not there say TRYCREATE") {
  auto server = with_messages(3);
  server.store().create("to");
  client c = server.login();
  c.command("SELECT INBOX");
  CHECK(c.command_with_literal("APPEND nosuch", whole).tagged.starts_with("NO [TRYCREATE]"));
  CHECK(c.command("COPY 1 nosuch").tagged.starts_with("NO [TRYCREATE]"));
  CHECK(c.command("COPY 1:2 to").tagged == "OK COPY completed.");
  CHECK(c.command("UID COPY 3,77 to").tagged == "OK COPY completed.");
  CHECK(server.store().find("to")->exists == 3);
  CHECK(c.command("UID COPY 1 INBOX").has("4 EXISTS"));
  CHECK(c.command_with_literal("APPEND to", std::string("a\0b", 3)).tagged.starts_with("BAD"));
}

TEST_CASE("IDLE tells of new messages at once and ends with DONE") {
  auto server = with_messages(1);
  client c = server.login();
  c.command("SELECT INBOX");
  c.write("i IDLE\r\n");
  CHECK(c.read_line().starts_with("+ "));
  server.store().add("INBOX", whole);
  CHECK(c.read_line() == "* 2 EXISTS");
  CHECK(c.read_line() == "* 2 RECENT");
  server.store().expunge("INBOX", 1);
  CHECK(c.read_line() == "* 1 EXPUNGE");
  c.write("DONE\r\n");
  CHECK(c.read_answer("i").tagged == "OK IDLE completed.");
  CHECK(server->log().count("DONE") == 1);
}

TEST_CASE("a new UIDVALIDITY ends the sessions that have the folder open") {
  auto server = with_messages(2);
  client c = server.login();
  c.command("SELECT INBOX");
  server.store().expunge("INBOX", 1);
  server.store().change_uid_validity("INBOX");
  c.write("a NOOP\r\n");
  CHECK(c.read_line() == "* BYE The mailbox was rebuilt.");
  CHECK(c.ended());
  client again = server.login();
  again.command("SELECT INBOX");
  CHECK(again.command("UID FETCH 1:* (UID)").untagged == list{"1 FETCH (UID 1)"});
}

TEST_CASE("a folder that is deleted while it is open answers nothing and harms nobody") {
  auto server = with_messages(0);
  server.store().create("gone");
  server.store().add("gone", whole);
  client c = server.login();
  c.command("SELECT gone");
  CHECK(server.store().remove_folder("gone") == tree_result::done);
  CHECK(c.command("NOOP").tagged == "OK NOOP completed.");
  CHECK(c.command("UID FETCH 1:* (UID FLAGS)").untagged.empty());
  CHECK(c.command("SELECT INBOX").tagged.starts_with("OK"));
}

}  // namespace outmap::exchange::test
