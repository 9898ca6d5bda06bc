// Before TLS is up and verified, no octet of a credential goes out and no octet of a server counts.
#include <doctest/doctest.h>

#include <algorithm>
#include <initializer_list>

#include "hostile/login_attempt.hpp"
#include "support/certificates.hpp"
#include "support/temp_dir.hpp"
#include "support/tried.hpp"

using namespace outmap;
using namespace outmap::test;

namespace {

using script = std::function<void(hostile_link&)>;

// What an attacker would like to be heard before TLS.
const std::string lies =
    "* OK [ALERT] call this number\r\n* 7 EXISTS\r\n* LIST () \"/\" Evil\r\n* FLAGS (\\Seen)\r\n* 1 FETCH (UID 1)\r\n";
const std::string strong = "* CAPABILITY IMAP4rev1 STARTTLS AUTH=NTLM AUTH=DIGEST-MD5 AUTH=PLAIN\r\n";
const std::string stripped = "* CAPABILITY IMAP4rev1 AUTH=NTLM AUTH=DIGEST-MD5 AUTH=PLAIN\r\n";

void greet(hostile_link& c, const std::string& greeting = "* OK [ALERT] call this number") {
  c.send(greeting + "\r\n" + lies);
}

void tell_capabilities(hostile_link& c, const std::string& answer, const std::string& tagged = " OK [ALERT] call\r\n") {
  const auto tag = c.expect("CAPABILITY");
  c.send(lies + answer + tag + tagged);
}

// As far as the client's STARTTLS; gives its tag.
std::string until_starttls(hostile_link& c) {
  greet(c);
  tell_capabilities(c, strong);
  return c.expect("STARTTLS");
}

script greeting(const std::string& what) {
  return [what](hostile_link& c) { c.send(what); };
}

script greeting_and_end(const std::string& what) {
  return [what](hostile_link& c) {
    c.send(what);
    throw hostile_link::link_ended{};
  };
}

// `{}` stands for the tag.
script answer_to_starttls(const std::string& what) {
  return [what](hostile_link& c) {
    const auto tag = until_starttls(c);
    auto text = what;
    for (auto at = text.find("{}"); at != std::string::npos; at = text.find("{}")) text.replace(at, 2, tag);
    c.send(text);
  };
}

struct attack {
  std::string name;
  script play;
  std::vector<errc> ends;
  bool silent = false;  ///< nothing but the deadline ends it
};

std::vector<attack> refusals() {
  return {
      {"not listed",
       [](hostile_link& c) {
         greet(c);
         tell_capabilities(c, stripped);
       },
       {errc::starttls_unavailable}},
      {"no list",
       [](hostile_link& c) {
         greet(c);
         tell_capabilities(c, "");
       },
       {errc::starttls_unavailable}},
      {"an empty list",
       [](hostile_link& c) {
         greet(c);
         tell_capabilities(c, "* CAPABILITY\r\n");
       },
       {errc::starttls_unavailable}},
      {"listed in a code only",
       [](hostile_link& c) {
         greet(c, "* OK [CAPABILITY IMAP4rev1 STARTTLS] hello");
         tell_capabilities(c, stripped, " OK [CAPABILITY IMAP4rev1 STARTTLS] done\r\n");
       },
       {errc::starttls_unavailable}},
      {"listed before it was asked for",
       [](hostile_link& c) {
         greet(c);
         c.send(strong);
         tell_capabilities(c, stripped);
       },
       {errc::starttls_unavailable}},
      {"CAPABILITY refused",
       [](hostile_link& c) {
         greet(c);
         tell_capabilities(c, stripped, " NO go on without\r\n");
       },
       {errc::command_refused}},
      {"CAPABILITY rejected",
       [](hostile_link& c) {
         greet(c);
         tell_capabilities(c, stripped, " BAD what\r\n");
       },
       {errc::command_rejected}},
      {"NO", answer_to_starttls("{} NO [ALERT] go on without\r\n"), {errc::starttls_unavailable}},
      {"BAD", answer_to_starttls("{} BAD unknown command\r\n"), {errc::starttls_unavailable}},
      {"NO behind lies", answer_to_starttls(lies + "{} NO go on without\r\n"), {errc::starttls_unavailable}},
      {"a bare NO", answer_to_starttls("{} NO\r\n"), {errc::starttls_unavailable}},
      {"+ and NO", answer_to_starttls("+ go ahead\r\n{} NO never mind\r\n"), {errc::starttls_unavailable}},
      {"BYE",
       answer_to_starttls("* BYE [ALERT] try port 143\r\n{} NO\r\n"),
       {errc::server_bye, errc::starttls_unavailable}},
      {"OK and no TLS", answer_to_starttls("{} OK begin\r\n"), {errc::timed_out}, true},
      {"+ and nothing", answer_to_starttls("+ go ahead\r\n"), {errc::timed_out}, true},
      {"+ with a challenge", answer_to_starttls("+ TlRMTVNTUAACAAAAAAAAAAAAAAAAAAAA\r\n"), {errc::timed_out}, true},
      {"OK of no command", answer_to_starttls("* OK begin TLS\r\n"), {errc::timed_out}, true},
      {"OK with a tag of ours that does not run", answer_to_starttls("zzzz OK begin\r\n"), {errc::unexpected_response}},
      {"OK with a tag of somebody", answer_to_starttls("A0001 OK begin\r\n"), {errc::unexpected_response}},
      {"NO with a tag of somebody", answer_to_starttls("A0001 NO never\r\n"), {errc::unexpected_response}},
      {"words that look like a completion",
       answer_to_starttls("Server OK now\r\n{} OK begin\r\n"),
       {errc::unexpected_response}},
      {"a tag of somebody before the greeting's CAPABILITY is answered",
       [](hostile_link& c) {
         greet(c);
         const auto tag = c.expect("CAPABILITY");
         c.send("A0001 OK done\r\n" + strong + tag + " OK done\r\n");
       },
       {errc::unexpected_response}},
      {"a second OK for CAPABILITY",
       [](hostile_link& c) {
         greet(c);
         const auto tag = c.expect("CAPABILITY");
         c.send(strong + tag + " OK done\r\n" + tag + " OK done\r\n");
       },
       {errc::unexpected_response}},
      {"rubbish without end",
       [](hostile_link& c) {
         until_starttls(c);
         std::string much;
         for (int i = 0; i < 2000; ++i) much += "%\r\n";
         c.send(much);
       },
       {errc::malformed_response}},
      {"a line without end",
       [](hostile_link& c) {
         until_starttls(c);
         c.send("* OK " + std::string(1'200'000, 'x'));
       },
       {errc::limit_exceeded}},
      {"a literal without end", answer_to_starttls("* LIST () \"/\" {4294967296}\r\n"), {errc::limit_exceeded}},
  };
}

std::vector<attack> greetings() {
  return {
      {"PREAUTH",
       greeting("* PREAUTH welcome, " + secret_user.substr(0, 2) + "\r\n" + lies),
       {errc::preauth_before_tls}},
      {"PREAUTH with a list", greeting("* PREAUTH [CAPABILITY IMAP4rev1] welcome\r\n"), {errc::preauth_before_tls}},
      {"PREAUTH later",
       [](hostile_link& c) {
         greet(c);
         c.send("* PREAUTH welcome\r\n");
         tell_capabilities(c, stripped);
       },
       {errc::starttls_unavailable}},
      {"BYE", greeting("* BYE [ALERT] too busy\r\n"), {errc::greeting_bye}},
      {"BYE in the middle",
       [](hostile_link& c) {
         greet(c);
         c.send("* BYE gone\r\n");
         throw hostile_link::link_ended{};
       },
       {errc::server_bye, errc::connection_lost}},
      {"NO", greeting("* NO not today\r\n"), {errc::not_imap}},
      {"BAD", greeting("* BAD not today\r\n"), {errc::not_imap}},
      {"tagged", greeting("abcd OK welcome\r\n"), {errc::not_imap}},
      {"data", greeting(stripped), {errc::not_imap}},
      {"a continuation request", greeting("+ password please\r\n"), {errc::not_imap}},
      {"POP3", greeting("+OK ready\r\n"), {errc::not_imap}},
      {"SMTP", greeting("220 mail.example.com ESMTP\r\n"), {errc::not_imap}},
      {"SSH", greeting("SSH-2.0-OpenSSH_9.2\r\n"), {errc::not_imap}},
      {"HTTP", greeting("HTTP/1.1 400 Bad Request\r\n\r\n"), {errc::not_imap}},
      {"TLS", greeting(std::string("\x15\x03\x01\x00\x02\x02\x46\r\n", 9)), {errc::not_imap}},
      {"nothing and end", greeting_and_end(""), {errc::not_imap}},
      {"half and end", greeting_and_end("* OK rea"), {errc::connection_lost}},
      {"nothing", greeting(""), {errc::timed_out}, true},
      {"half", greeting("* OK rea"), {errc::timed_out}, true},
      {"empty lines", greeting("\r\n\r\n \r\n"), {errc::timed_out}, true},
      {"without end", greeting("* OK " + std::string(1'200'000, 'x')), {errc::limit_exceeded}},
  };
}

std::vector<attack> handshakes() {
  const auto after_hello = [](const std::string& octets) {
    return [octets](hostile_link& c) {
      const auto tag = until_starttls(c);
      c.send(tag + " OK begin\r\n");
      c.hear_something();
      c.send(octets);
    };
  };
  return {
      {"IMAP goes on", after_hello("* OK welcome\r\n" + strong), {errc::tls_failed}},
      {"an alert", after_hello(std::string("\x15\x03\x03\x00\x02\x02\x28", 7)), {errc::tls_failed}},
      {"a warning, then IMAP",
       after_hello(std::string("\x15\x03\x03\x00\x02\x01\x5a", 7) + "* OK hi\r\n"),
       {errc::tls_failed}},
      {"close_notify", after_hello(std::string("\x15\x03\x03\x00\x02\x01\x00", 7)), {errc::tls_failed}},
      {"application data", after_hello(std::string("\x17\x03\x03\x00\x05* OK\r", 10)), {errc::tls_failed}},
      {"half a record", after_hello(std::string("\x16\x03\x03\x02\x00\x02", 6)), {errc::timed_out}, true},
      {"half a record and end",
       [](hostile_link& c) {
         const auto tag = until_starttls(c);
         c.send(tag + " OK begin\r\n");
         c.hear_something();
         c.send(std::string("\x16\x03\x03\x02\x00\x02", 6));
         throw hostile_link::link_ended{};
       },
       {errc::tls_failed}},
      {"a record that drips",
       [](hostile_link& c) {
         const auto tag = until_starttls(c);
         c.send(tag + " OK begin\r\n");
         c.hear_something();
         c.send(std::string("\x16\x03\x03\x40\x00\x02\x00\x3f\xfc", 9));
         c.drip('\x03');
       },
       {errc::timed_out},
       true},
      {"a greeting that drips",
       [](hostile_link& c) {
         c.send("* OK ");
         c.drip('x');
       },
       {errc::timed_out},
       true},
      {"an answer that drips",
       [](hostile_link& c) {
         greet(c);
         c.expect("CAPABILITY");
         c.send("* CAPABILITY ");
         c.drip('x');
       },
       {errc::timed_out},
       true},
  };
}

// Every line that went out in the clear; what begins like a record of TLS is none.
std::vector<std::string> words_in_the_clear(const std::string& plain) {
  std::vector<std::string> out;
  const auto text = plain.substr(0, plain.find("\x16\x03"));
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find("\r\n", at), text.size());
    const auto line = text.substr(at, end - at);
    out.push_back(line.substr(std::min(line.find(' ') + 1, line.size())));
    at = end + 2;
  }
  return out;
}

void check_nothing_given_away(const std::vector<heard>& connections) {
  REQUIRE(connections.size() == 1);
  const auto& log = connections.front();
  CHECK(credentials_in(log.plain) == "");
  CHECK(credentials_in(log.over_tls) == "");
  for (const auto& word : words_in_the_clear(log.plain)) {
    CAPTURE(word);
    CHECK((word == "CAPABILITY" || word == "STARTTLS" || word == "LOGOUT"));
  }
}

void check_nothing_believed(const login_attempt& got) {
  CHECK_FALSE(got.ok);
  CHECK(got.steps.empty());
  CHECK(got.alerts.empty());
  CHECK(got.data == 0);
  CHECK(got.facts.capabilities.empty());
  CHECK_FALSE(got.facts.tls);
  if (!got.why.server_text.empty()) CHECK(got.why.detail.find("before TLS") != std::string::npos);
}

void withstand(const attack& how) {
  CAPTURE(how.name);
  const std::initializer_list<std::vector<mechanism>> allowed = {
      {mechanism::ntlm, mechanism::digest_md5, mechanism::plain, mechanism::login}, {mechanism::login}};
  for (const auto& mechanisms : allowed) {
    hostile_peer peer(how.play);
    auto account = careless_account(peer, tls_mode::starttls);
    account.auth.allowed = mechanisms;
    if (how.silent) account.timeout = std::chrono::milliseconds(150);
    const auto got = try_login(account);
    INFO(got.why.message());
    CHECK(std::find(how.ends.begin(), how.ends.end(), got.why.code) != how.ends.end());
    check_nothing_believed(got);
    check_nothing_given_away(peer.stop());
    tried();
  }
}

struct real_server {
  certificate_authority authority;
  certificate own = authority.issue();
  std::unique_ptr<SSL_CTX, free_context> context = server_context(own);
  temp_dir dir;
  std::filesystem::path ca_file = dir.write("ca.pem", authority.pem());

  /// Behind the handshake: LOGIN is the way in, and an alert is said.
  void serve(hostile_link& c, const std::string& capabilities) const {
    c.raise_to_tls(context.get());
    const auto list = [&](const std::string& tag) {
      c.send("* CAPABILITY " + capabilities + "\r\n" + tag + " OK [ALERT] verified\r\n");
    };
    list(c.expect("CAPABILITY"));
    const auto tag = c.expect("LOGIN " + secret_user + " \"" + secret_password + '"');
    c.send(tag + " OK welcome\r\n");
    list(c.expect("CAPABILITY"));
  }
};

}  // namespace

TEST_SUITE_BEGIN("plaintext phase");

TEST_CASE("no refusal, stripping or false answer to STARTTLS brings a credential out or a word in") {
  for (const auto& how : refusals()) withstand(how);
}

TEST_CASE("no greeting brings a credential out or a word in") {
  for (const auto& how : greetings()) withstand(how);
}

TEST_CASE("no handshake that stalls, drips or is none brings a credential out or a word in") {
  for (const auto& how : handshakes()) withstand(how);
}

TEST_CASE("what is injected behind the OK of STARTTLS ends the connection, in one segment or cut at every octet") {
  const std::string injected = "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n* OK [ALERT] call\r\n";
  for (std::size_t cut = 0; cut <= injected.size() + 10; ++cut) {
    CAPTURE(cut);
    const real_server real;
    hostile_peer peer([&](hostile_link& c) {
      const auto tag = until_starttls(c);
      const auto all = tag + " OK begin\r\n" + injected;
      const auto first = std::min(all.size(), tag.size() + cut);
      c.send(all.substr(0, first));
      if (first < all.size()) c.send(all.substr(first));
      // The server behind the attacker goes on as it should.
      real.serve(c, "IMAP4rev1");
    });
    auto account = careless_account(peer, tls_mode::starttls);
    account.ca_file = real.ca_file;
    const auto got = try_login(account);
    INFO(got.why.message());
    CHECK((got.why.code == errc::plaintext_after_starttls || got.why.code == errc::tls_failed));
    check_nothing_believed(got);
    check_nothing_given_away(peer.stop());
    tried();
  }
}

TEST_CASE("what was said before TLS counts for nothing behind it") {
  const real_server real;
  hostile_peer peer([&](hostile_link& c) {
    greet(c);
    tell_capabilities(c, strong);
    const auto tag = c.expect("STARTTLS");
    c.send(lies + "+ go ahead\r\n" + tag + " OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] begin\r\n");
    real.serve(c, "IMAP4rev1");
  });
  auto account = careless_account(peer, tls_mode::starttls);
  account.ca_file = real.ca_file;
  const auto got = try_login(account);
  CHECK_MESSAGE(got.ok, got.why.message());
  CHECK(got.alerts == std::vector<std::string>{"verified", "verified"});
  CHECK(got.data == 0);
  CHECK(got.facts.capabilities == std::vector<std::string>{"IMAP4REV1"});
  const auto& log = peer.stop();
  REQUIRE(log.size() == 1);
  CHECK(credentials_in(log[0].plain) == "");
  CHECK(words_in_the_clear(log[0].plain) == std::vector<std::string>{"CAPABILITY", "STARTTLS"});
  CHECK(log[0].over_tls.find(secret_password) != std::string::npos);
  tried();
}

TEST_CASE("a LOGINDISABLED that was listed before TLS does not hold behind it, and one behind it does") {
  const real_server real;
  for (const bool behind : {false, true}) {
    hostile_peer peer([&](hostile_link& c) {
      greet(c);
      tell_capabilities(c, behind ? strong : "* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\n");
      c.send(c.expect("STARTTLS") + " OK begin\r\n");
      real.serve(c, behind ? "IMAP4rev1 LOGINDISABLED" : "IMAP4rev1");
    });
    auto account = careless_account(peer, tls_mode::starttls);
    account.ca_file = real.ca_file;
    const auto got = try_login(account);
    CHECK(got.ok != behind);
    if (behind) CHECK(got.why.code == errc::login_disabled);
    CHECK((credentials_in(peer.stop().front().over_tls) == "") == behind);
    tried();
  }
}

TEST_CASE("a referral is not followed, wherever it comes") {
  const real_server real;
  hostile_peer elsewhere([](hostile_link& c) { c.send("* OK ready\r\n"); });
  const auto url = "[REFERRAL imap://" + secret_user + ";AUTH=*@127.0.0.1:" + std::to_string(elsewhere.port()) + "/]";
  const std::vector<attack> ways = {
      {"in the greeting", greeting("* BYE " + url + " moved\r\n"), {errc::greeting_bye}},
      {"in a good greeting",
       [&](hostile_link& c) {
         greet(c, "* OK " + url + " moved");
         tell_capabilities(c, stripped);
       },
       {errc::starttls_unavailable}},
      {"in the answer to CAPABILITY",
       [&](hostile_link& c) {
         greet(c);
         tell_capabilities(c, strong, " NO " + url + " moved\r\n");
       },
       {errc::command_refused}},
      {"in the answer to STARTTLS", answer_to_starttls("{} NO " + url + " moved\r\n"), {errc::starttls_unavailable}},
  };
  for (const auto& how : ways) withstand(how);

  // After a login it is no more than a text either.
  hostile_peer peer([&](hostile_link& c) {
    c.raise_to_tls(real.context.get());
    c.send("* OK " + url + " ready\r\n");
    auto tag = c.expect("CAPABILITY");
    c.send("* CAPABILITY IMAP4rev1\r\n" + tag + " OK " + url + " done\r\n");
    tag = c.line().substr(0, 4);
    c.send(tag + " NO " + url + " moved\r\n");
  });
  auto account = careless_account(peer, tls_mode::implicit);
  account.ca_file = real.ca_file;
  CHECK(try_login(account).why.code == errc::authentication_failed);
  tried();
  CHECK(elsewhere.stop().empty());
}

TEST_CASE("TLS from the start hears nothing in the clear") {
  for (const std::string& said : {std::string("* PREAUTH welcome\r\n"), std::string("* OK [ALERT] call\r\n") + strong,
                                  std::string("* BYE\r\n"), std::string(100, '\0')}) {
    CAPTURE(said);
    hostile_peer peer([&](hostile_link& c) { c.send(said); });
    const auto got = try_login(careless_account(peer, tls_mode::implicit));
    CHECK(got.why.code == errc::tls_failed);
    check_nothing_believed(got);
    const auto& log = peer.stop();
    REQUIRE(log.size() == 1);
    CHECK(credentials_in(log[0].plain) == "");
    CHECK(words_in_the_clear(log[0].plain).empty());
    tried();
  }
}

TEST_SUITE_END();
