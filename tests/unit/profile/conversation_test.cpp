#include "profile/conversation.hpp"

#include <doctest/doctest.h>

#include "recorded_events.hpp"

using namespace outmap;
using namespace outmap::profile;

namespace {

// A conversation with a hand on both ends.
struct talk_fixture {
  conversation talk{limits{}, test::counting_random(), nullptr};
  test::recorded_events seen;

  result<void> server(std::string_view text) { return talk.receive(text, seen); }

  // Submits and gives the tag that went out.
  std::string send(const command& c) {
    auto id = talk.submit(c);
    REQUIRE_MESSAGE(id, id.error().message());
    return talk.take_output().substr(0, 4);
  }

  void greet() { REQUIRE(server("* OK ready\r\n")); }
  void log_in() {
    greet();
    talk.set_capabilities(capabilities({"IMAP4REV1"}));
    const auto tag = send(login_command{"anna", secret("pw")});
    REQUIRE(server(tag + " OK done\r\n"));
  }
  void select() {
    log_in();
    const auto tag = send(select_command{mailbox_name("INBOX")});
    REQUIRE(server("* 3 EXISTS\r\n" + tag + " OK done\r\n"));
    seen.lines.clear();
  }
};

}  // namespace

TEST_CASE_FIXTURE(talk_fixture, "a first line that is no greeting means that this is no IMAP server") {
  for (const auto* line : {"220 smtp ready\r\n", "SSH-2.0-OpenSSH_9\r\n", "HTTP/1.1 400 Bad Request\r\n", "* NO\r\n",
                           "a1 OK hello\r\n", "+OK pop\r\n"}) {
    CAPTURE(line);
    conversation talk{limits{}, test::counting_random(), nullptr};
    const auto got = talk.receive(std::string_view(line), seen);
    REQUIRE_FALSE(got);
    CHECK(got.error().code == errc::not_imap);
  }
}

TEST_CASE_FIXTURE(talk_fixture, "OIMAP-V0026 commands are pipelined and matched by tag in whatever order they end") {
  select();
  const auto a = send(uid_fetch_command{{"1"}, fetch_form::uid_flags});
  const auto b = send(uid_fetch_command{{"2"}, fetch_form::uid_flags});
  CHECK(a != b);
  CHECK(a.size() == 4);
  REQUIRE(server(b + " OK second\r\n" + a + " OK first\r\n"));
  CHECK(seen.lines == std::vector<std::string>{"complete 4 OK", "complete 3 OK"});
}

TEST_CASE_FIXTURE(talk_fixture, "OIMAP-V0026 what only reads may be sent around a SELECT, and nothing else") {
  log_in();
  const auto first = send(select_command{mailbox_name("INBOX")});
  const auto list = send(uid_fetch_command{{"1:*"}, fetch_form::uid_flags});
  const auto second = send(select_command{mailbox_name("Work")});
  REQUIRE(talk.submit(uid_store_command{{"1"}, store_form::add_seen, {}}));
  CHECK(talk.take_output().empty());
  REQUIRE(server("* 0 EXISTS\r\n" + first + " OK\r\n" + list + " OK\r\n"));
  CHECK(talk.take_output().empty());
  REQUIRE(server(second + " OK\r\n"));
  const auto store = talk.take_output();
  CHECK(store.substr(4) == " UID STORE 1 +FLAGS (\\Seen)\r\n");
  // And no SELECT before what changes something is answered.
  REQUIRE(talk.submit(select_command{mailbox_name("INBOX")}));
  CHECK(talk.take_output().empty());
  REQUIRE(server(store.substr(0, 4) + " OK\r\n"));
  CHECK(talk.take_output().substr(4) == " SELECT INBOX\r\n");
}

TEST_CASE_FIXTURE(talk_fixture,
                  "OIMAP-V0026 data that comes before a SELECT is answered is not taken for the next mailbox's") {
  log_in();
  const auto first = send(select_command{mailbox_name("INBOX")});
  const auto list = send(uid_fetch_command{{"1:*"}, fetch_form::uid_flags});
  seen.lines.clear();
  REQUIRE(server("* 1 FETCH (UID 7 FLAGS ())\r\n"));
  CHECK(seen.lines == std::vector<std::string>{"fetch for 0"});
  REQUIRE(server(first + " OK\r\n* 1 FETCH (UID 8 FLAGS ())\r\n" + list + " OK\r\n"));
  CHECK(seen.lines == std::vector<std::string>{"fetch for 0", "complete 2 OK", "fetch for 3", "complete 3 OK"});
}

TEST_CASE_FIXTURE(talk_fixture, "OIMAP-V0026 answers of pipelined FETCH commands in turns go where they belong") {
  select();
  const auto header = send(uid_fetch_command{{"1:2"}, fetch_form::body_header_with_date});
  const auto body = send(uid_fetch_command{{"1:2"}, fetch_form::body_full});
  const auto list = send(uid_fetch_command{{"1:*"}, fetch_form::uid_flags});
  REQUIRE(
      server("* 1 FETCH (UID 1 FLAGS () BODY[] {1}\r\na)\r\n* 1 FETCH (UID 1 FLAGS () BODY[HEADER] {1}\r\nb)\r\n"
             "* 2 FETCH (UID 2 FLAGS () BODY[] NIL)\r\n* 2 FETCH (UID 2 FLAGS ())\r\n"));
  CHECK(seen.lines == std::vector<std::string>{"body of 1 for 4", "body: a", "fetch for 4", "body of 1 for 3",
                                               "body: b", "fetch for 3", "fetch for 4", "fetch for 5"});
  // What no command of its kind awaits is shown to the oldest that could.
  REQUIRE(server(list + " OK\r\n" + body + " OK\r\n"));
  seen.lines.clear();
  REQUIRE(server("* 2 FETCH (UID 2 FLAGS (\\Seen))\r\n" + header + " OK\r\n"));
  CHECK(seen.lines.front() == "fetch for 3");
}

TEST_CASE_FIXTURE(talk_fixture, "OIMAP-V0026 a SELECT that fails leaves the state of the one behind it to that one") {
  log_in();
  const auto first = send(select_command{mailbox_name("Locked")});
  const auto list = send(uid_fetch_command{{"1:*"}, fetch_form::uid_flags});
  const auto second = send(select_command{mailbox_name("INBOX")});
  REQUIRE(server(first + " NO locked\r\n"));
  CHECK(talk.state() == state::authenticated);
  REQUIRE(server(list + " BAD nothing selected\r\n" + second + " OK\r\n"));
  CHECK(talk.state() == state::selected);
}

TEST_CASE_FIXTURE(talk_fixture, "a command is refused in a state that does not allow it") {
  greet();
  CHECK(talk.submit(select_command{mailbox_name("INBOX")}).error().code == errc::invalid_argument);
  CHECK(talk.submit(uid_fetch_command{{"1"}, fetch_form::uid}).error().code == errc::invalid_argument);
  CHECK_FALSE(talk.has_output());
}

TEST_CASE_FIXTURE(
    talk_fixture,
    "OIMAP-V0017 a literal waits for the continuation request, and a refusal instead of it ends the command") {
  log_in();
  const std::string long_name(300, 'n');
  REQUIRE(talk.submit(select_command{mailbox_name(long_name)}));
  const auto first = talk.take_output();
  CHECK(first.substr(4) == " SELECT {300}\r\n");
  REQUIRE(server("+ go ahead\r\n"));
  CHECK(talk.take_output() == long_name + "\r\n");
  REQUIRE(server(first.substr(0, 4) + " NO none\r\n"));

  REQUIRE(talk.submit(select_command{mailbox_name(long_name)}));
  const auto second = talk.take_output();
  REQUIRE(server(second.substr(0, 4) + " BAD too long\r\n"));
  CHECK_FALSE(talk.has_output());
  CHECK(talk.running() == 0);
  // The octets that were never asked for must not go out later.
  const auto noop = send(noop_command{});
  REQUIRE(server(noop + " OK\r\n"));
}

TEST_CASE_FIXTURE(talk_fixture, "XIMAP-V0058 a completion with OK before the literal was sent is a protocol error") {
  log_in();
  REQUIRE(talk.submit(select_command{mailbox_name(std::string(300, 'n'))}));
  const auto tag = talk.take_output().substr(0, 4);
  CHECK(server(tag + " OK done\r\n").error().code == errc::unexpected_response);
}

TEST_CASE_FIXTURE(
    talk_fixture,
    "OIMAP-2.1.3 words that look like a completion with a foreign tag are dropped and the connection goes on") {
  select();
  const auto tag = send(noop_command{});
  CHECK(server("Server OK now\r\n250 ok then\r\n" + tag + " OK\r\n"));
  CHECK(talk.dropped() == 2);
  CHECK(seen.lines.back().ends_with("OK"));
}

TEST_CASE_FIXTURE(talk_fixture, "before TLS any unknown tag is fatal, and behind it words are dropped again") {
  for (const char* stray : {"Server OK now\r\n", "a1 NO x\r\n", "A0001 BAD\r\n", "zzzz OK\r\n"}) {
    CAPTURE(stray);
    talk_fixture one;
    one.talk.await_tls();
    one.greet();
    CHECK(one.server(stray).error().code == errc::unexpected_response);
  }
  talk.await_tls();
  greet();
  const auto tag = send(starttls_command{});
  CHECK(server(tag + " OK begin\r\n"));
  talk.tls_started();
  CHECK(server("Server OK now\r\n"));
  CHECK(talk.dropped() == 1);
}

TEST_CASE_FIXTURE(talk_fixture, "a tag that could be ours and belongs to no running command is fatal") {
  select();
  CHECK(server("zzzz OK done\r\n").error().code == errc::unexpected_response);
}

TEST_CASE_FIXTURE(talk_fixture,
                  "OIMAP-2.1.3 a continuation request that nobody awaits is dropped and the connection goes on") {
  select();
  CHECK(server("+ what\r\n"));
  const auto tag = send(noop_command{});
  CHECK(server("+ and again\r\n" + tag + " OK\r\n"));
  CHECK(talk.dropped() == 2);
  CHECK(seen.lines.back().ends_with("OK"));
}

TEST_CASE_FIXTURE(talk_fixture, "OIMAP-V0001 OIMAP-V0023 unrequested data is handed on like an answer") {
  select();
  const auto tag = send(noop_command{});
  REQUIRE(server("* 9 EXISTS\r\n* 3 EXPUNGE\r\n* 2 FETCH (FLAGS (\\Seen))\r\n" + tag + " OK\r\n"));
  CHECK(seen.lines == std::vector<std::string>{"exists for 0", "expunge for 0", "fetch for 0", "complete 3 OK"});
}

TEST_CASE_FIXTURE(talk_fixture, "OIMAP-V0024 XIMAP-V0014 data with no command running is handed on") {
  select();
  REQUIRE(
      server("* 4 EXISTS\r\n* OK [ALERT] soon down\r\n* LIST () \"/\" x\r\n* CAPABILITY IMAP4rev1\r\n* STATUS x "
             "(UNSEEN 3)\r\n* 1 EXPUNGE\r\n"));
  CHECK(seen.lines.size() == 6);
  CHECK(talk.state() == state::selected);
}

TEST_CASE_FIXTURE(talk_fixture, "OIMAP-2.1.3 a malformed line is dropped and the connection goes on") {
  select();
  const auto tag = send(uid_fetch_command{{"1:*"}, fetch_form::uid_flags});
  REQUIRE(server("* 1 FETCH (UID 7 FLAGS (\\Seen\r\n* !!! rubbish (((\r\n* 2 FETCH (UID 8 FLAGS ())\r\n" + tag +
                 " OK\r\n"));
  CHECK(std::count(seen.lines.begin(), seen.lines.end(), "dropped") >= 1);
  CHECK(std::count(seen.lines.begin(), seen.lines.end(), "fetch for 3") >= 1);
  CHECK(seen.lines.back() == "complete 3 OK");
  CHECK(talk.dropped() >= 1);
}

TEST_CASE_FIXTURE(talk_fixture, "a server that sends nothing but rubbish is given up") {
  select();
  std::string rubbish;
  for (int i = 0; i < 1100; ++i) rubbish += "* !!!\r\n";
  const auto got = server(rubbish);
  REQUIRE_FALSE(got);
  CHECK(got.error().code == errc::malformed_response);
}

TEST_CASE_FIXTURE(talk_fixture, "a body is streamed to the FETCH that runs, before its response") {
  select();
  const auto tag = send(uid_fetch_command{{"7"}, fetch_form::body_full});
  REQUIRE(server("* 1 FETCH (UID 7 FLAGS () BODY[] {5}\r\nhello)\r\n" + tag + " OK\r\n"));
  CHECK(seen.lines == std::vector<std::string>{"body of 5 for 3", "body: hello", "fetch for 3", "complete 3 OK"});
}

TEST_CASE_FIXTURE(talk_fixture,
                  "an announced literal of 4 GiB ends the connection before memory is taken, and the UID is known") {
  select();
  send(uid_fetch_command{{"7"}, fetch_form::body_full});
  const auto got = server("* 1 FETCH (UID 7 FLAGS () BODY[] {4294967296}\r\n");
  REQUIRE_FALSE(got);
  CHECK(got.error().code == errc::limit_exceeded);
  CHECK(got.error().detail.find("4294967296") != std::string::npos);
  CHECK(talk.partial_text().find("UID 7") != std::string_view::npos);
}

TEST_CASE("octets behind the OK of STARTTLS are an attack, in one segment or in the next") {
  for (const bool split : {false, true}) {
    conversation talk{limits{}, test::counting_random(), nullptr};
    test::recorded_events seen;
    REQUIRE(talk.receive(std::string_view("* OK ready\r\n"), seen));
    REQUIRE(talk.submit(starttls_command{}));
    const auto ok = talk.take_output().substr(0, 4) + " OK begin\r\n";
    const std::string injected = "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n";
    if (split) REQUIRE(talk.receive(ok, seen));
    const auto got = talk.receive(split ? injected : ok + injected, seen);
    REQUIRE_FALSE(got);
    CHECK(got.error().code == errc::plaintext_after_starttls);
    CHECK(std::count(seen.lines.begin(), seen.lines.end(), "capability for 0") == 0);
  }
}

TEST_CASE_FIXTURE(talk_fixture, "XIMAP-V0020 capabilities are forgotten when TLS is up") {
  greet();
  talk.set_capabilities(capabilities({"IMAP4REV1", "STARTTLS"}));
  const auto tag = send(starttls_command{});
  REQUIRE(server(tag + " OK\r\n"));
  talk.tls_started();
  CHECK(talk.known().empty());
}

TEST_CASE_FIXTURE(talk_fixture,
                  "NTLM-2.2.1-07 NTLM-2.2.1-11 a challenge reaches the command and the answer is one bare line") {
  greet();
  const auto tag = send(authenticate_command{"NTLM"});
  seen.continued = [&](std::string_view text) { talk.answer(text.empty() ? "TlRMTQ==" : "*"); };
  REQUIRE(server("+ \r\n"));
  CHECK(talk.take_output() == "TlRMTQ==\r\n");
  REQUIRE(server("+ AAAA\r\n"));
  CHECK(talk.take_output() == "*\r\n");  // NTLM-2.2.1-12
  REQUIRE(server(tag + " BAD cancelled\r\n"));
  CHECK(talk.state() == state::not_authenticated);
  CHECK(seen.lines.back() == "complete 1 BAD");
}

TEST_CASE_FIXTURE(talk_fixture, "RFC 3501 6.3.1 a SELECT that fails leaves no mailbox selected") {
  select();
  const auto tag = send(select_command{mailbox_name("gone")});
  REQUIRE(server(tag + " NO no such mailbox\r\n"));
  CHECK(talk.state() == state::authenticated);
  CHECK_FALSE(talk.submit(uid_fetch_command{{"1"}, fetch_form::uid}));
}

TEST_CASE_FIXTURE(talk_fixture, "BYE ends the conversation: nothing more can be sent") {
  select();
  REQUIRE(server("* BYE shutting down\r\n"));
  CHECK(talk.state() == state::logged_out);
  CHECK_FALSE(talk.submit(noop_command{}));
}
