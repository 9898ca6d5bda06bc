#include <doctest/doctest.h>

#include "../scenario_player.hpp"
#include "client.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace outmap::exchange::test {

namespace {

using list = std::vector<std::string>;
using outmap::test::process;

/// A server that follows this script; accounts of the script are the only ones.
struct scripted_server {
  explicit scripted_server(const std::string& text) {
    auto script = parse_scenario(text, "test.toml");
    REQUIRE_MESSAGE(script, script.error().message());
    server_options options;
    auto staged = scenario_player::stage(*std::move(script), options);
    REQUIRE_MESSAGE(staged, staged.error().message());
    player = *std::move(staged);
    if (options.accounts.empty()) options.accounts = {{"anna", secret("hers")}};
    running = std::make_unique<server>(std::move(options));
    REQUIRE(running->start());
  }

  client login(const std::string& user = "anna", const std::string& password = "hers") {
    client c(running->tls_port(), false);
    c.start_tls(running->ca_pem());
    CHECK(c.command("LOGIN " + user + " " + password).tagged.starts_with("OK"));
    return c;
  }

  std::shared_ptr<scenario_player> player;
  std::unique_ptr<server> running;
};

std::string mistake_in(const std::string& text) {
  const auto read = parse_scenario(text, "x.toml");
  if (read) return "no mistake";
  CHECK(read.error().code == errc::config_invalid);
  return read.error().detail;
}

std::uint16_t port_in(const std::string& line, const std::string& key) {
  return static_cast<std::uint16_t>(std::stoi(line.substr(line.find(key + "=") + key.size() + 1)));
}

}  // namespace

TEST_CASE("mistakes in a scenario are told with file, line and column") {
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"personality = \"1999\"", "x.toml:1:15: personality: there is none called '1999'"},
      {"personality = 2010", "x.toml:1:15: personality: must be a string"},
      {"nonsense = 1", "x.toml:1:1: unknown key 'nonsense'"},
      {"\n[behaviour]\nexact_rfc822_size = 1", "x.toml:3:21: exact_rfc822_size: must be true or false"},
      {"[behaviour]\nunauth_timeout = -1",
       "x.toml:2:18: unauth_timeout: must be a number of seconds from 0 to 1000000"},
      {"[behaviour]\nappend_exists = \"never\"",
       "x.toml:2:17: append_exists: must be one of before-ok, after-ok, next-command"},
      {"[behaviour]\ngreeting = \"a\\nb\"", "x.toml:2:12: greeting: must be one line"},
      {"[behaviour]\nno_knob = true", "x.toml:2:1: unknown key 'no_knob'"},
      {"[[account]]\nuser = \"a\"", "x.toml:1:1: password is missing"},
      {"[[account]]\npassword = \"a\"", "x.toml:1:1: user is missing"},
      {"[[folder]]\nnoselect = true", "x.toml:1:1: name is missing"},
      {"[[folder]]\nname = \"\"", "x.toml:2:8: name: is empty"},
      {"[[folder]]\nname = \"a\"\n[[folder.message]]\ncount = 0",
       "x.toml:4:9: count: must be an integer from 1 to 100000"},
      {"[[folder]]\nname = \"a\"\n[[folder.message]]\ncount = 100000\nsize = 60000000",
       "x.toml:5:8: size: all together are larger than 512 MiB"},
      {"[[folder]]\nname = \"a\"\n[[folder.message]]\nflags = [\"\\\\Sen\"]", "x.toml:4:9: flags: '\\Sen' is no flag"},
      {"[[folder]]\nname = \"a\"\n[[folder.message]]\nflags = [1]", "x.toml:4:10: flags: must be an array of strings"},
      {"[[folder]]\nname = \"a\"\n[[folder.message]]\ndate = 2014-11-21",
       "x.toml:4:8: date: must be a date and time with offset, as 2014-11-21T09:55:06+01:00"},
      {"[[folder]]\nname = \"a\"\n[[folder.message]]\nfile = \"nosuch.eml\"", "x.toml:4:8: file: there is no file "},
      {"[[folder]]\nname = \"a\"\n[[folder.message]]\ntext = \"a: b\"\nsize = 1",
       "x.toml:5:8: size: is for generated messages"},
      {"[[folder]]\nname = \"a\"\nnoselect = true\n[[folder.message]]",
       "x.toml:4:1: message: a \\Noselect folder holds none"},
      {"[[fault]]\nname = \"odd\"", "x.toml:2:8: name: 'odd' is none of stray-text, blank-lines, "},
      {"[[fault]]\ntimes = 1", "x.toml:1:1: name is missing"},
      {"[[step]]\ndo = [{ create = \"x\" }]", "x.toml:1:1: on is missing"},
      {"[[step]]\non = \"login\"", "x.toml:1:1: do is missing or empty"},
      {"[[step]]\non = \"login\"\ndo = [{}]", "x.toml:3:7: a change must have one of deliver, "},
      {"[[step]]\non = \"login\"\ndo = [{ create = \"x\", uids = [1] }]", "x.toml:3:23: unknown key 'uids'"},
      {"[[step]]\non = \"NOOP\"\nnumber = 2\ndo = [{ drop = true }]", "x.toml:3:10: number: is for on = \"command\""},
      {"[[step]]\non = \"login\"\ndo = [{ revise = \"INBOX\" }]", "x.toml:3:7: revise: uid is missing"},
      {"[[step]]\non = \"login\"\ndo = [{ rename = \"a\" }]", "x.toml:3:7: rename: to is missing"},
      {"[[step]]\non = \"login\"\ndo = [{ expunge = \"a\", uids = [0] }]",
       "x.toml:3:32: uids: must be an array of UIDs"},
      {"[[step]]\non = \"login\"\ndo = 3", "x.toml:3:6: do: must be a table or an array of tables"},
      {"a = [", "x.toml:1:6: "},
  };
  for (const auto& [text, mistake] : expected) {
    CAPTURE(text);
    const std::string got = mistake_in(text);
    CHECK_MESSAGE(got.starts_with(mistake), got);
  }
  auto script = parse_scenario("[[folder]]\nname = \"a\"\naccount = \"nobody\"", "x.toml");
  REQUIRE(script);
  server_options options;
  const auto staged = scenario_player::stage(*std::move(script), options);
  REQUIRE_FALSE(staged);
  CHECK(staged.error().code == errc::config_invalid);
  CHECK_FALSE(read_scenario("/nonexistent/x.toml"));
}

TEST_CASE("a scenario names the personality and turns its knobs; the caller's choice of one wins") {
  const std::string text =
      "personality = \"2010\"\n[behaviour]\nexact_rfc822_size = true\nmechanisms = [\"PLAIN\"]\nunauth_timeout = 1.5\n"
      "failures_before_drop = 2\nwrong_password = \"bad\"\nasks_for_literals = \"not-any-search\"\nloose_responses = "
      "false\n";
  const auto own = parse_scenario(text, "x.toml");
  REQUIRE(own);
  const personality& p = *own->behaves;
  CHECK(p.name == "2010");
  CHECK(p.sizes == size_rule::exact);
  CHECK(p.mechanisms == list{"PLAIN"});
  CHECK(p.unauth_timeout == std::chrono::milliseconds(1500));
  CHECK(p.failures_before_drop == 2);
  CHECK(p.wrong_password == refusal::bad);
  CHECK(p.asks_for_literals == literal_requests::not_any_search);
  CHECK_FALSE(p.loose_responses);
  CHECK(p.regenerates_mime);
  const auto chosen = parse_scenario(text, "x.toml", "2019");
  REQUIRE(chosen);
  CHECK(chosen->behaves->name == "2019");
  CHECK(chosen->behaves->failures_before_drop == 2);
  CHECK_FALSE(parse_scenario("", "x.toml")->behaves.has_value());
}

TEST_CASE("accounts, folders and messages of a scenario") {
  const outmap::test::temp_dir folder;
  folder.write("mail/one.eml", "Subject: from a file\n\nbody\n");
  folder.write(
      "script.toml",
      "[[account]]\nuser = \"anna\"\npassword = \"hers\"\n[[account]]\nuser = \"bob\"\npassword = \"his\"\n"
      "[[folder]]\nname = \"INBOX\"\n[[folder.message]]\nfile = \"mail/one.eml\"\nflags = [\"\\\\seen\", "
      "\"$MDNSent\"]\n"
      "date = 2014-11-21T09:55:06+01:00\n[[folder.message]]\ncount = 3\nsize = 2000\nsubject = \"made up\"\n"
      "[[folder]]\nname = \"a/b\"\nmarked = true\nsubscribed = false\n[[folder]]\nname = \"top\"\nnoselect = true\n"
      "[[folder]]\naccount = \"bob\"\nname = \"his\"\n");
  auto script = read_scenario(folder / "script.toml");
  REQUIRE_MESSAGE(script, script.error().message());
  server_options options;
  options.behaves = personality::exchange_2019();
  const auto staged = scenario_player::stage(*std::move(script), options);
  REQUIRE(staged);
  CHECK((*staged)->count().messages == 4);
  CHECK((*staged)->count().folders == 3);
  const auto mail = options.store->messages("INBOX");
  REQUIRE(mail.size() == 4);
  CHECK(*mail[0].octets == "Subject: from a file\r\n\r\nbody\r\n");
  CHECK(mail[0].flags.to_string() == "\\Seen $MDNSent");
  CHECK(mail[0].date == internal_date{1'416'560'106, 60});
  for (int i = 1; i < 4; ++i) {
    CHECK(mail[i].octets->find("Subject: made up\r\n") != std::string::npos);
    CHECK(mail[i].octets->size() > 2000);
    CHECK(mail[i].octets->size() < 3000);
    CHECK(*mail[i].octets != *mail[i == 3 ? 1 : i + 1].octets);
  }
  CHECK(options.store->find("a/b")->marked);
  CHECK(options.store->find("top")->noselect);
  CHECK(options.store->subscriptions() == list{"INBOX", "top"});
  REQUIRE(options.accounts.size() == 2);
  CHECK(options.accounts[0].mailbox == nullptr);
  CHECK(options.accounts[1].mailbox->find("his").has_value());
}

TEST_CASE("steps come with the command that sets them off, once or each time, and each kind of change works") {
  scripted_server s(
      "personality = \"2019\"\n[[folder]]\nname = \"INBOX\"\n[[folder.message]]\ncount = 5\n"
      "[[folder]]\nname = \"old\"\n"
      "[[step]]\non = \"login\"\ndo = [{ deliver = \"INBOX\", count = 2 }]\n"
      "[[step]]\non = \"NOOP\"\nnth = 2\ndo = [{ expunge = \"INBOX\", uids = [1] }, { revise = \"INBOX\", uid = 2 },"
      " { set_flags = \"INBOX\", uids = [3], flags = [\"\\\\Flagged\"] }]\n"
      "[[step]]\non = \"CHECK\"\nmailbox = \"INBOX\"\nevery = true\ndo = { deliver = \"INBOX\", text = \"a: b\" }\n"
      "[[step]]\non = \"SELECT\"\nmailbox = \"old\"\ndo = [{ rename = \"old\", to = \"new\" }, { create = \"third\" "
      "}]\n"
      "[[step]]\non = \"LIST\"\ndo = [{ delete = \"third\" }, { delete = \"third\" }, { expunge = \"INBOX\", uids = "
      "[99] }]\n"
      "[[step]]\non = \"EXAMINE\"\ndo = [{ fault = \"blank-lines\" }]\n"
      "[[step]]\non = \"CLOSE\"\ndo = [{ end_fault = \"blank-lines\" }]\n"
      "[[step]]\non = \"STATUS\"\ndo = [{ new_uidvalidity = \"INBOX\" }]\n");
  client c = s.login();
  CHECK(c.command("SELECT INBOX").has("7 EXISTS"));  // 5 and the 2 behind the log-on
  CHECK(c.command("NOOP").untagged.empty());
  CHECK(c.command("NOOP").untagged == list{"2 EXPUNGE", "1 EXPUNGE", "6 EXISTS", "6 RECENT"});
  CHECK(c.command("UID FETCH 3 FLAGS").untagged.at(0).find("\\Flagged") != std::string::npos);
  CHECK(c.command("UID FETCH 2 (UID)").untagged.empty());
  CHECK(c.command("NOOP").untagged.empty());
  CHECK(c.command("CHECK").has("7 EXISTS"));
  CHECK(c.command("CHECK").has("8 EXISTS"));
  CHECK(c.command("SELECT old").tagged.starts_with("NO"));
  CHECK(c.command("SELECT new").tagged.starts_with("OK"));
  CHECK(c.command(R"(LIST "" third)").untagged.empty());
  c.write("e EXAMINE INBOX\r\n");
  CHECK(c.read_line().empty());
  while (!c.read_line().starts_with("e OK")) {
  }
  c.write("f NOOP\r\n");
  CHECK(c.read_line().empty());
  CHECK(c.read_line() == "f OK NOOP completed.");
  CHECK(c.raw_lines("CLOSE").size() == 1);
  const auto validity = s.running->store().find("INBOX")->uid_validity;
  CHECK(c.command("STATUS INBOX (UIDVALIDITY)").tagged.starts_with("OK"));
  CHECK(s.running->store().find("INBOX")->uid_validity > validity);
  const list problems = s.player->problems();
  REQUIRE(problems.size() == 2);
  CHECK(problems[0] == "test.toml:24:1: the folder third cannot be deleted");
  CHECK(problems[1] == "test.toml:24:1: there is no UID 99 to expunge");
  CHECK(s.player->steps_done() == 9);
}

TEST_CASE("steps by number and connection, and what they do to the connection") {
  scripted_server s(
      "[[step]]\non = \"command\"\nnumber = 3\nconnection = 2\ndo = [{ drop = true }]\n"
      "[[step]]\non = \"CAPABILITY\"\ndo = [{ delay = 0.02 }]\n"
      "[[step]]\non = \"NAMESPACE\"\ndo = [{ stall = true }]\n"
      "[[fault]]\nname = \"missing-text\"\ncommand = \"noop\"\n");
  client first = s.login();
  for (int i = 0; i < 4; ++i) CHECK(first.command("NOOP").tagged == "OK");
  client second = s.login();
  CHECK(second.command("CAPABILITY").tagged.starts_with("OK C"));
  second.write("x NOOP\r\n");
  CHECK(second.ended());
  client third = s.login();
  third.write("y NAMESPACE\r\n");
  REQUIRE(s.running->log().wait_for("NAMESPACE"));
  s.running->drop_connections();
  CHECK(third.ended());
}

TEST_CASE("with revise_keeps_uid a revised message keeps its UID (XIMAP-2.1.3, older wording)") {
  scripted_server s(
      "[behaviour]\nrevise_keeps_uid = true\n[[folder]]\nname = \"INBOX\"\n[[folder.message]]\n"
      "[[step]]\non = \"CHECK\"\ndo = [{ revise = \"INBOX\", uid = 1, subject = \"revised\" }]\n");
  client c = s.login();
  c.command("SELECT INBOX");
  CHECK(c.command("CHECK").untagged.empty());
  CHECK(c.command("UID FETCH 1 (BODY.PEEK[HEADER])").untagged.at(0).find("Subject: revised") != std::string::npos);
}

TEST_CASE("the hooks of the program that embeds the server are asked behind the scenario's") {
  auto script = parse_scenario("[[step]]\non = \"NOOP\"\ndo = [{ create = \"made\" }]", "x.toml");
  REQUIRE(script);
  server_options options;
  int asked = 0;
  options.hooks.on_command = [&](const command_seen&) -> std::optional<action> {
    ++asked;
    return std::nullopt;
  };
  REQUIRE(scenario_player::stage(*std::move(script), options));
  command_seen seen;
  seen.name = "NOOP";
  options.hooks.on_command(seen);
  CHECK(asked == 0);
  options.hooks.on_command(seen);
  CHECK(asked == 1);
  CHECK(options.store->find("made").has_value());
}

TEST_CASE("the example is what the README says it is") {
  const outmap::test::temp_dir folder;
  process running(
      {.argv = {OUTMAP_EXCHANGE_PROGRAM, "--scenario", OUTMAP_EXCHANGE_EXAMPLE, "--write-ca", folder / "ca.pem"}});
  REQUIRE(running.wait_for_output("tls="));
  const std::uint16_t port = port_in(running.out(), "tls");
  const auto connect = [&](const std::string& who) {
    client c(port, false);
    c.start_tls(outmap::test::read_file(folder / "ca.pem"));
    c.write("in LOGIN " + who + "\r\n");
    CHECK(c.read_line().starts_with("in OK"));
    return c;
  };
  client anna = connect("anna geheim");
  CHECK(anna.read_line() == "Success.");
  CHECK(anna.raw_lines("SELECT INBOX").size() == 8);
  CHECK(anna.read_line() == "Success.");
  CHECK(anna.raw_lines("UID FETCH 1:* (UID FLAGS RFC822.SIZE)").size() > 18);
  CHECK(anna.read_line() == "Success.");
  const answer later = anna.command("UID FETCH 1:* (UID FLAGS)");
  CHECK(later.lines("").size() == 20);  // 21, less two and the revised one, and two new ones
  CHECK(later.untagged.at(2).find(R"(UID 5 FLAGS (\Flagged)") != std::string::npos);
  CHECK(later.untagged.back().find("UID 23 ") != std::string::npos);
  const auto validity = [&] { return anna.command("SELECT Projekte/Z&APw-rich").lines("OK [UIDVALIDITY").at(0); };
  const std::string first = validity();
  CHECK(validity() != first);

  client again = connect("anna geheim");
  for (int i = 0; i < 2; ++i) {
    CHECK(again.command("SELECT INBOX").tagged ==
          "BAD Request is throttled. Suggested Backoff Time: 1500 milliseconds");
  }
  CHECK(again.command("SELECT Projekte/Winterthur").tagged.starts_with("OK"));
  CHECK(again.command("SELECT Neu").tagged.starts_with("OK"));
  client bob = connect("bob his");
  CHECK(bob.command("SELECT \"Bob's own\"").tagged.starts_with("OK"));
  for (int i = 0; i < 9; ++i) bob.command("NOOP");
  bob.write("twelfth NOOP\r\n");
  CHECK(bob.read_line() == "* BYE Connection is closed. 13");
  CHECK(bob.ended());
  running.terminate();
  const auto ended = running.wait();
  CHECK_MESSAGE(ended.ok(), describe(ended));
  CHECK(ended.err.find("22 messages in") != std::string::npos);
  CHECK(ended.err.find("for anna, bob on 127.0.0.1") != std::string::npos);
  CHECK(ended.err.find("4 steps of the scenario were carried out") != std::string::npos);
}

TEST_CASE("a scenario lies on top of a folder tree, and its mistakes end the program with 2") {
  const outmap::test::temp_dir folder;
  folder.write("mail/Ordner/1.eml", "Subject: x\n\nbody\n");
  folder.write("mail/Kasten/cur/100.a:2,FS", "Subject: seen\n\nbody\n");
  folder.write("mail/Kasten/new/101.b", "Subject: new\n\nbody\n");
  folder.write("mail/Kasten/tmp/102.c", "Subject: half\n\nbody\n");
  folder.write("mail/Kasten/.Unter.Tiefer/cur/1:2,RTD", "Subject: deep\n\nbody\n");
  folder.write("mail/Kasten/.Unter.Tiefer/new/.keep", "");
  folder.write("good.toml", "[[folder]]\nname = \"Ordner\"\n[[folder.message]]\n");
  folder.write("bad.toml", "\n  wrong = 1\n");
  process running({.argv = {OUTMAP_EXCHANGE_PROGRAM, "--personality", "2010", "--mailbox", folder / "mail",
                            "--scenario", folder / "good.toml", "--write-ca", folder / "ca.pem"}});
  REQUIRE(running.wait_for_output("tls="));
  client c(port_in(running.out(), "tls"), false);
  c.start_tls(outmap::test::read_file(folder / "ca.pem"));
  CHECK(c.command("LOGIN demo demo").tagged.starts_with("OK"));
  c.write("s SELECT Ordner\r\n");
  CHECK(c.read_answer("s").lines("2 ").size() == 2);  // EXISTS and RECENT
  const answer kasten = c.command("SELECT Kasten");
  CHECK(kasten.lines("2 ").size() == 2);
  CHECK(c.command("UID FETCH 1 FLAGS").untagged.at(0).find(R"(\Seen \Flagged)") != std::string::npos);
  CHECK(c.command("SELECT Kasten/Unter/Tiefer").tagged.starts_with("OK"));
  CHECK(c.command("UID FETCH 1 FLAGS").untagged.at(0).find(R"(\Answered \Deleted \Draft)") != std::string::npos);
  running.terminate();
  CHECK(running.wait().ok());

  const auto refused = outmap::test::run({.argv = {OUTMAP_EXCHANGE_PROGRAM, "--scenario", folder / "bad.toml"}});
  CHECK(refused.exit_code == 2);
  CHECK(refused.err.find("bad.toml:2:3: unknown key 'wrong'") != std::string::npos);
  CHECK(outmap::test::run({.argv = {OUTMAP_EXCHANGE_PROGRAM, "--scenario", "/nonexistent"}}).exit_code == 2);
}

}  // namespace outmap::exchange::test
