#include <array>

#include <doctest/doctest.h>

#include "client.hpp"

namespace outmap::exchange::test {

namespace {

using list = std::vector<std::string>;

running_server with_hooks(exchange::hooks hooks) {
  return running_server(personality::generic(), [&](server_options& o) { o.hooks = std::move(hooks); });
}

exchange::hooks on(std::string name, action todo) {
  exchange::hooks hooks;
  hooks.on_command = [name = std::move(name), todo = std::move(todo)](const command_seen& seen) {
    return seen.name == name ? std::optional(todo) : std::nullopt;
  };
  return hooks;
}

}  // namespace

TEST_CASE("NTLM-PB3 a command over 10,240 octets is BAD and the next one is read") {
  running_server server;
  client c = server.login();
  const std::string longest(10'240 - std::string("x LIST \"\" ").size(), 'n');
  c.write("x LIST \"\" " + longest + "\r\n");
  CHECK(c.read_answer("x").tagged == "OK LIST completed.");
  c.write("x LIST \"\" " + longest + "n\r\ny NOOP\r\n");
  CHECK(c.read_answer("x").tagged.starts_with("BAD"));
  CHECK(c.read_answer("y").tagged == "OK NOOP completed.");
  c.write("z " + std::string(100'000, 'q') + "\r\n");
  CHECK(c.read_answer("z").tagged.starts_with("BAD"));
}

TEST_CASE("XIMAP-2.1.6 a TAB only beside the command word, one space everywhere else") {
  running_server server;
  client c = server.login();
  c.write("a\tLIST\t\"\" %\r\n");
  CHECK(c.read_answer("a").tagged == "OK LIST completed.");
  for (const char* wrong :
       {"LIST  \"\" %", "LIST \"\"  %", "LIST \"\"\t%", " NOOP", "NOOP ", "STATUS INBOX ( UNSEEN)"}) {
    CAPTURE(wrong);
    CHECK(c.command(wrong).tagged.starts_with("BAD"));
  }
}

TEST_CASE("XIMAP-C0001 XIMAP-V0001 any tag comes back, also twice") {
  running_server server;
  client c = server.connect();
  for (const char* tag : {"a", "a", "3x7q", "A.very-long_tag!", "=[]}"}) {
    c.write(std::string(tag) + " NOOP\r\n");
    CHECK(c.read_line() == std::string(tag) + " OK NOOP completed.");
  }
  c.write("\r\n");
  CHECK(c.read_line().starts_with("* BAD"));
  c.write("x\r\n");
  CHECK(c.read_line().starts_with("x BAD"));
  CHECK(c.command("XNONSENSE").tagged.starts_with("BAD"));  // XIMAP-V0047
}

TEST_CASE("literals: refused by size, granted, and not waited for") {
  auto behaves = personality::generic();
  behaves.largest_literal = 1000;
  running_server server(behaves);
  client c = server.login();
  CHECK(c.command_with_literal("APPEND INBOX", std::string(1001, 'x')).tagged.starts_with("BAD"));
  CHECK(c.command_with_literal("APPEND INBOX", std::string(1000, 'x')).tagged.starts_with("OK"));
  c.write("p APPEND INBOX {5+}\r\nhello\r\nq APPEND INBOX {1001+}\r\n" + std::string(1001, 'y') + "\r\nr NOOP\r\n");
  CHECK(c.read_answer("p").tagged.starts_with("OK"));
  CHECK(c.read_answer("q").tagged.starts_with("BAD"));
  CHECK(c.read_answer("r").tagged.starts_with("OK"));
  CHECK(server.store().find("INBOX")->exists == 2);
}

TEST_CASE("XIMAP-V0016 XIMAP-V0017 pipelined commands are answered in order") {
  running_server server;
  client c = server.login();
  c.write("a NOOP\r\nb SELECT INBOX\r\nc CAPABILITY\r\nd LOGOUT\r\n");
  for (const char* tag : {"a", "b", "c", "d"}) CHECK(c.read_answer(tag).tagged.starts_with("OK"));
  CHECK(c.ended());
}

TEST_CASE("the greeting can be anything") {
  for (const std::string text : {"* BYE Too busy.", "* PREAUTH Hello.", "220 mail ready"}) {
    exchange::hooks hooks;
    hooks.on_connect = [&](std::uint64_t) { return std::optional(text); };
    auto server = with_hooks(hooks);
    client c = server.connect();
    CHECK(c.greeting() == text);
    if (text.starts_with("* BYE")) {
      CHECK(c.ended());
    } else {
      CHECK(c.command("SELECT INBOX").tagged.starts_with(text.starts_with("* PRE") ? "OK" : "BAD"));
    }
  }
}

TEST_CASE("XIMAP-V0002 octets before, after and instead of an answer") {
  action around;
  around.before = "* 23 EXISTS\r\n";
  around.after = "* OK behind\r\n";
  auto server = with_hooks(on("NOOP", around));
  client c = server.connect();
  const answer got = c.command("NOOP");
  CHECK(got.untagged == list{"23 EXISTS"});
  CHECK(c.read_line() == "* OK behind");

  action instead;
  instead.instead = "t2 NO Server Unavailable. 15\r\n";
  server->set_hooks(on("NOOP", instead));
  CHECK(c.command("NOOP").tagged == "NO Server Unavailable. 15");
}

TEST_CASE("plain octets behind the OK of STARTTLS") {
  action todo;
  todo.after = "* CAPABILITY IMAP4rev1 AUTH=EVIL\r\n";
  auto server = with_hooks(on("STARTTLS", todo));
  client c = server.connect();
  CHECK(c.command("STARTTLS").tagged.starts_with("OK"));
  CHECK(c.read_line() == "* CAPABILITY IMAP4rev1 AUTH=EVIL");
  c.start_tls(server->ca_pem());
  CHECK(c.command("NOOP").tagged.starts_with("OK"));
}

TEST_CASE("the connection ends after so many octets") {
  action todo;
  todo.close_after = 12;
  auto server = with_hooks(on("CAPABILITY", todo));
  client c = server.connect();
  c.write("a CAPABILITY\r\n");
  CHECK(c.read_exactly(12) == "* CAPABILITY");
  CHECK(c.ended());
  action after;
  after.close = true;
  server->set_hooks(on("NOOP", after));
  client d = server.connect();
  CHECK(d.command("NOOP").tagged.starts_with("OK"));
  CHECK(d.ended());
}

TEST_CASE("a stalled server can be stopped, and a delayed one answers") {
  action stall;
  stall.stall = true;
  auto server = with_hooks(on("NOOP", stall));
  client c = server.connect();
  c.write("a NOOP\r\n");
  REQUIRE(server->log().wait_for("NOOP"));
  server->stop();
  CHECK(c.ended());

  action slow;
  slow.delay = std::chrono::milliseconds(20);
  auto other = with_hooks(on("NOOP", slow));
  client d = other.connect();
  CHECK(d.command("NOOP").tagged.starts_with("OK"));
}

TEST_CASE("XIMAP-V0014 untagged data while no command is in progress") {
  running_server server;
  client c = server.login();
  c.command("SELECT INBOX");
  server->inject("* 5 EXISTS\r\n");
  CHECK(c.read_line() == "* 5 EXISTS");
  server->drop_connections();
  CHECK(c.ended());
}

TEST_CASE("faults of single messages") {
  exchange::hooks hooks;
  hooks.on_fetch = [](std::string_view mailbox, std::uint32_t uid) {
    CHECK(mailbox == "INBOX");
    constexpr std::array faults = {fetch_fault::none,         fetch_fault::no_data,   fetch_fault::refused,
                                   fetch_fault::huge_literal, fetch_fault::malformed, fetch_fault::cut};
    return faults[uid - 1];
  };
  auto server = with_hooks(hooks);
  for (int i = 0; i < 6; ++i) server.store().add("INBOX", "a: b\r\n\r\nbody\r\n");
  client c = server.login();
  c.command("SELECT INBOX");
  CHECK(c.command("UID FETCH 1:6 (FLAGS)").untagged.size() == 6);
  const answer silent = c.command("UID FETCH 2 (BODY.PEEK[])");
  CHECK(silent.untagged.empty());
  CHECK(silent.tagged.starts_with("OK"));
  const answer refused = c.command("UID FETCH 1:3 (BODY.PEEK[])");
  CHECK(refused.lines("1 FETCH").size() == 1);
  CHECK(refused.tagged.starts_with("NO"));
  c.write("m UID FETCH 5 (BODY.PEEK[])\r\n");
  CHECK(c.read_line() == R"(* 5 FETCH (UID 5 BODY[] {12x} FLAGS (\Seen)");
  CHECK(c.read_line().starts_with("m OK"));
  c.write("h UID FETCH 4 (BODY.PEEK[])\r\n");
  CHECK(c.read_line() == "* 4 FETCH (UID 4 BODY[] {4294967296}");
  CHECK(c.read_line() == "a: b");
  client d = server.login();
  d.command("SELECT INBOX");
  d.write("c UID FETCH 6 (BODY.PEEK[])\r\n");
  CHECK(d.read_line() == "* 6 FETCH (UID 6 BODY[] {14}");
  CHECK(d.read_exactly(7) == "a: b\r\n\r");
  CHECK(d.ended());
}

TEST_CASE("the log knows what was asked, by whom and where") {
  running_server server;
  client c = server.login();
  c.command("SELECT INBOX");
  c.command("UID FETCH 1:* (UID FLAGS)");
  const auto seen = server->log().commands();
  REQUIRE(seen.size() == 3);
  CHECK(seen[0].name == "AUTHENTICATE");
  CHECK(seen[0].tls);
  CHECK(seen[2].name == "UID FETCH");
  CHECK(seen[2].user == "anna");
  CHECK(seen[2].mailbox == "INBOX");
  CHECK(server->log().lines() == list{"AUTHENTICATE PLAIN", "SELECT INBOX", "UID FETCH 1:* (UID FLAGS)"});
  server->log().reset();
  CHECK(server->log().commands().empty());
}

TEST_CASE("start, stop and start again") {
  running_server server;
  server->stop();
  server->stop();
  REQUIRE(server->start());
  CHECK(server.login().command("NOOP").tagged.starts_with("OK"));
  server_options taken;
  taken.port = server->port();
  exchange::server second(std::move(taken));
  const auto refused = second.start();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::connection_failed);
}

}  // namespace outmap::exchange::test
