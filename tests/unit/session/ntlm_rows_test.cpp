// AUTHENTICATE NTLM as the client plays it, line by line, against servers that do each thing a server may do.
#include <doctest/doctest.h>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include <algorithm>
#include <memory>

#include "auth/base64.hpp"
#include "auth/ntlm_client.hpp"
#include "scripted_server.hpp"
#include "session/connector.hpp"
#include "unit/auth/octets.hpp"
#include "unit/auth/oximap4_example.hpp"

using namespace outmap;
using auth_test::array_from_hex;
using auth_test::fixed_random;
using auth_test::from_hex;
using auth_test::to_hex;
using auth_test::wide;

namespace {

struct outcome {
  bool ok = false;
  error why;
  std::vector<auth::ladder_step> steps;
  std::vector<std::string> alerts;
  std::vector<std::string> heard;
  std::size_t connections = 0;
};

account_config account_of(std::string user, std::string_view password) {
  account_config out;
  out.host = "127.0.0.1";
  out.tls = tls_mode::none;
  out.user = std::move(user);
  out.password = secret(password);
  out.timeout = std::chrono::seconds(20);
  out.auth.allowed = {mechanism::ntlm};
  out.auth.plaintext = plaintext_policy::allowed;
  return out;
}

// One login, from connecting to LOGOUT. Fails the running test unless the scripts were kept to.
outcome log_in(account_config account, const std::vector<std::string>& scripts,
               const auth::random_source& random = fixed_random(from_hex("a1a2a3a4a5a6a7a8"))) {
  asio::io_context loop{1};
  test::scripted_server server(loop, scripts);
  account.port = server.port();
  outcome out;
  net::interrupter stop;
  session::unsolicited listen;
  listen.alert = [&](std::string_view text) { out.alerts.emplace_back(text); };
  session::connector with(account,
                          {stop, nullptr, random, [] { return std::uint64_t{133500000000000000}; }, listen, {}});
  const auto work = [&]() -> asio::awaitable<void> {
    auto on = co_await with.log_in();
    out.ok = on.has_value();
    if (on) {
      CHECK((*on)->talk().state() == profile::state::authenticated);
      co_await (*on)->logout();
    } else {
      out.why = on.error();
    }
    server.stop();
  };
  asio::co_spawn(loop, work(), [](const std::exception_ptr& e) {
    if (e) std::rethrow_exception(e);
  });
  loop.run();
  CHECK(server.mismatch() == "");
  out.steps = with.steps();
  out.heard = server.heard();
  out.connections = server.connections();
  return out;
}

outcome log_in(const std::vector<std::string>& scripts) { return log_in(account_of("anna", "s3cret"), scripts); }

std::string greeting(const std::string& capabilities) {
  return "S: * OK ready\nC: {a} CAPABILITY\nS: * CAPABILITY IMAP4rev1 " + capabilities + "\nS: {a} OK done\n";
}

const std::string begin = greeting("AUTH=NTLM") + "C: {b} AUTHENTICATE NTLM\n";
const std::string leaving = "C: {y} LOGOUT\nS: * BYE bye\nS: {y} OK done\n";
const std::string welcome = "C: {x} CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: {x} OK done\n" + leaving;
const std::string login_instead = "C: {c} LOGIN anna \"s3cret\"\nS: {c} OK done\n" + welcome;

auth::challenge_message modern_challenge() {
  using auth::ntlm_flag;
  auth::challenge_message out;
  out.flags = ntlm_flag::unicode | ntlm_flag::request_target | ntlm_flag::ntlm | ntlm_flag::target_type_domain |
              ntlm_flag::extended_session_security | ntlm_flag::target_info | ntlm_flag::key_128;
  out.server_challenge = array_from_hex<8>("0123456789abcdef");
  out.target_name = wide("CORP");
  out.target_info = {{auth::av_id::nb_domain_name, wide("CORP")}, {auth::av_id::nb_computer_name, wide("MAIL")}};
  return out;
}

std::string base64_of(const auth::challenge_message& message) {
  return auth::encode_base64(auth::build_challenge(message).value());
}

const std::string challenge = base64_of(modern_challenge());
const std::string to_challenge = begin + "S: + \nC: ?\n";
const std::string to_end = to_challenge + "S: + " + challenge + "\nC: ?\n";

account_config with_fallback() {
  auto out = account_of("anna", "s3cret");
  out.auth.allowed = {mechanism::ntlm, mechanism::login};
  return out;
}

bool is_one_base64_line(const std::string& line) {
  const auto legal = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
           c == '=';
  };
  return line.size() % 4 == 0 && std::all_of(line.begin(), line.end(), legal);
}

std::uint32_t message_type(const std::string& line) {
  const auto octets = auth::decode_base64(line).value();
  REQUIRE(octets.size() > 12);
  CHECK(octets.substr(0, 8) == std::string("NTLMSSP\0", 8));
  return static_cast<unsigned char>(octets[8]);
}

}  // namespace

TEST_CASE("NTLM-1.3-01 a plaintext log-in and NTLM reach the same state") {
  auto account = account_of("anna", "s3cret");
  CHECK(log_in(account, {to_end + "S: {b} OK done\n" + welcome}).ok);
  account.auth.allowed = {mechanism::login};
  CHECK(log_in(account, {greeting("AUTH=NTLM") + login_instead}).ok);
  account.auth.allowed = {mechanism::plain};
  CHECK(log_in(account, {greeting("AUTH=PLAIN") +
                         "C: {b} AUTHENTICATE PLAIN\nS: + \nC: AGFubmEAczNjcmV0\nS: {b} OK done\n" + welcome})
            .ok);
}

TEST_CASE("NTLM-1.3-05 NTLM-3.1.1.2-02 NTLM-2.2.1-11 the usual sequence, each blob a bare line") {
  const auto got = log_in({to_end + "S: {b} OK done\n" + welcome});
  CHECK(got.ok);
  REQUIRE(got.heard.size() == 2);
  CHECK(got.heard[0] == "TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAAFASgKAAAADw==");
  CHECK(message_type(got.heard[0]) == 1);
  CHECK(message_type(got.heard[1]) == 3);
  CHECK(is_one_base64_line(got.heard[1]));
}

TEST_CASE("NTLM-1.3-06 NTLM-2.2.3-01 a long blob is one unbroken line of padded base64") {
  for (const std::size_t size : {1, 2, 3, 600, 5000}) {
    const auto got = log_in(account_of(std::string(size, 'u'), "s3cret"), {to_end + "S: {b} OK done\n" + welcome});
    CHECK(got.ok);
    REQUIRE(got.heard.size() == 2);
    CHECK(is_one_base64_line(got.heard[1]));
    CHECK(got.heard[1].size() > 76);
    const auto message = auth::parse_authenticate(auth::decode_base64(got.heard[1]).value()).value();
    CHECK(message.user == wide(std::string(size, 'u')));
  }
}

TEST_CASE("NTLM-1.3-02 NTLM-3.1.1.2-03 NTLM-2.2.1-07 every octet passes between server and NTLM unchanged") {
  std::string octets;
  for (int i = 0; i < 256; ++i) octets += static_cast<char>(i);
  auto message = modern_challenge();
  const auto id = static_cast<auth::av_id>(200);
  message.target_info->push_back({id, octets});
  const auto got = log_in({to_challenge + "S: + " + base64_of(message) + "\nC: ?\nS: {b} OK done\n" + welcome});
  CHECK(got.ok);
  REQUIRE(got.heard.size() == 2);
  // NTLMv2 sends the pairs back inside its response.
  const auto answer = auth::parse_authenticate(auth::decode_base64(got.heard[1]).value()).value();
  const auto blob = auth::parse_ntlmv2_blob(std::string_view(answer.nt_response).substr(16)).value();
  const auto* returned = auth::find_av(blob.pairs, id);
  REQUIRE(returned != nullptr);
  CHECK(to_hex(*returned) == to_hex(octets));
}

TEST_CASE("NTLM-1.6-01 NTLM-1.7-03 without the word AUTH=NTLM nothing of NTLM is sent") {
  for (const std::string listed : {"AUTH=PLAIN2", "AUTH=NTLMX", "NTLM", "AUTH=NTL NTLM=AUTH", "XAUTH=NTLM"}) {
    CAPTURE(listed);
    const auto got = log_in(with_fallback(), {greeting(listed) + login_instead});
    CHECK(got.ok);
    CHECK(got.steps.at(0).outcome == auth::verdict::not_offered);
  }
  const auto got = log_in({greeting("auth=Ntlm") + "C: {b} AUTHENTICATE NTLM\nS: {b} NO not today\n" + leaving});
  CHECK(got.steps.at(0).outcome == auth::verdict::refused);
}

TEST_CASE("NTLM-2.2.1-01 NTLM-2.2.1-02 CAPABILITY has no argument, and of its answer the known words count") {
  const auto got =
      log_in({"S: * OK ready\nC: {a} CAPABILITY\n"
              "S: * CAPABILITY IMAP4 IMAP4rev1 AUTH=NTLM AUTH=GSSAPI AUTH=PLAIN IDLE NAMESPACE LITERAL+\n"
              "S: {a} OK anything for people\nC: {b} AUTHENTICATE NTLM\nS: {b} BAD no\n" +
              leaving});
  CHECK_FALSE(got.ok);
  CHECK(got.steps.at(0).outcome == auth::verdict::refused);
}

TEST_CASE("NTLM-2.2.1-04 NTLM-3.1.5.1-01 NTLM-3.1.1.1-02 each form of '+' is answered by NEGOTIATE") {
  for (const std::string supported : {"+ ", "+", "+  ", "+ NTLM supported", "+ AAAA", "+ !!!", "+go ahead"}) {
    CAPTURE(supported);
    const auto got =
        log_in({begin + "S: " + supported + "\nC: ?\nS: + " + challenge + "\nC: ?\nS: {b} OK done\n" + welcome});
    CHECK(got.ok);
    CHECK(got.heard.at(0) == "TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAAFASgKAAAADw==");
  }
}

TEST_CASE("NTLM-2.2.1-05 NTLM-3.1.5.2-01 NTLM-3.1.1.1-02 NO or BAD at once: no blob, the next method") {
  for (const std::string word : {"NO", "BAD"}) {
    const auto got = log_in(with_fallback(), {begin + "S: {b} " + word + " not supported\n" + login_instead});
    CHECK(got.ok);
    CHECK(got.connections == 1);
    CHECK(got.steps.at(0).outcome == auth::verdict::refused);
    CHECK(got.steps.at(0).server_text == "not supported");
  }
}

TEST_CASE("NTLM-2.2.1-06 every response at every step of the exchange has a defined outcome") {
  const std::string from_challenge = "S: + " + challenge + "\nC: ?\nS: {b} OK done\n" + welcome;
  struct step {
    std::string before;
    std::string after;
    bool complete;
  };
  const step steps[] = {
      {begin, "S: + \nC: ?\n" + from_challenge, false},
      {to_challenge, from_challenge, false},
      {to_end, "S: {b} OK done\n" + welcome, true},
  };
  const std::vector<std::string> next_connection = {greeting("AUTH=NTLM") + leaving};
  for (const auto& at : steps) {
    CAPTURE(at.before);
    for (const std::string data :
         {"* OK still here", "* 3 EXISTS", "* CAPABILITY IMAP4rev1", "* NO [X] hm", "* BAD what",
          "* LIST () \"/\" {1}\\r\\na", "stray text", "", "* 1 FETCH (BODY[] {2}\\r\\nab)"}) {
      CAPTURE(data);
      const auto got = log_in({at.before + "S: " + data + "\n" + at.after});
      CHECK(got.ok);
    }
    for (const std::string word : {"NO", "BAD"}) {
      CAPTURE(word);
      const auto got = log_in({at.before + "S: {b} " + word + " go away\n" + leaving});
      CHECK(got.why.code == errc::authentication_failed);
      CHECK(got.why.server_text == "go away");
      CHECK(got.steps.at(0).outcome == auth::verdict::refused);
      CHECK(got.connections == 1);
    }
    if (!at.complete) {
      const auto early = log_in({at.before + "S: {b} OK come in\n"});
      CHECK(early.why.code == errc::unexpected_response);
    }
    CHECK(log_in({at.before + "S: zzzz OK another\n"}).why.code == errc::unexpected_response);
    for (const std::string end : {"", "S: * BYE closing\n"}) {
      CAPTURE(end);
      const auto got = log_in({at.before + end, next_connection[0]});
      CHECK(got.why.code == errc::authentication_failed);
      CHECK(got.steps.at(0).outcome == auth::verdict::connection_lost);
      CHECK(got.steps.at(0).server_text == (end.empty() ? "" : "closing"));
      CHECK(got.connections == 2);
    }
  }
}

TEST_CASE("NTLM-1.1-01 +OK and -ERR inside the exchange are no success") {
  const auto ok = log_in({to_challenge + "S: +OK logged in\nC: *\nS: {b} NO cancelled\n" + leaving});
  CHECK(ok.why.code == errc::authentication_failed);
  CHECK_FALSE(log_in({to_challenge + "S: -ERR no\n"}).ok);
  const auto err = log_in({to_challenge + "S: -ERR log-on failed\nS: {b} NO failed\n" + leaving});
  CHECK(err.why.code == errc::authentication_failed);
}

TEST_CASE("NTLM-2.2.1-08 NTLM-3.1.5.5-01 NTLM-3.1.1.1-04 NO and BAD are failure alike, shown only with ALERT") {
  for (const std::string word : {"NO", "BAD"}) {
    const auto plain = log_in({to_end + "S: {b} " + word + " AUTHENTICATE failed.\n" + leaving});
    CHECK_FALSE(plain.ok);
    CHECK(plain.why.code == errc::authentication_failed);
    CHECK(plain.why.server_text == "AUTHENTICATE failed.");
    CHECK(plain.alerts.empty());
    const auto alert = log_in({to_end + "S: {b} " + word + " [ALERT] locked\n" + leaving});
    CHECK_FALSE(alert.ok);
    CHECK(alert.alerts == std::vector<std::string>{"locked"});
  }
}

TEST_CASE("NTLM-2.2.1-09 NTLM-3.1.5.4-01 NTLM-3.1.1.2-04 OK behind the last blob is success; before it, an error") {
  for (const std::string end : {"{b} OK AUTHENTICATE completed.", "{b} OK", "{b} OK [CAPABILITY IMAP4rev1] in"}) {
    CHECK(log_in({to_end + "S: " + end + "\n" + welcome}).ok);
  }
  const auto early = log_in({to_challenge + "S: {b} OK AUTHENTICATE completed.\n"});
  CHECK(early.why.code == errc::unexpected_response);
  CHECK(early.heard.size() == 1);
}

TEST_CASE("NTLM-2.2.1-10 NTLM-2.2.1-12 NTLM-3.1.1.1-04 NTLM-3.1.5.3.1-01 a refused CHALLENGE is cancelled") {
  auto without_targets = modern_challenge();
  without_targets.flags &= ~auth::ntlm_flag::target_info;
  without_targets.target_info.reset();
  for (const auto& refused : {auth::encode_base64("no NTLM message at all"), base64_of(without_targets),
                              std::string("TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAAFASgKAAAADw=="), std::string()}) {
    for (const std::string word : {"NO", "BAD"}) {
      CAPTURE(refused);
      const auto got = log_in(with_fallback(), {to_challenge + "S: + " + refused + "\nC: *\nS: {b} " + word +
                                                " cancelled\n" + login_instead});
      CHECK(got.ok);
      CHECK(got.connections == 1);
      CHECK(got.steps.at(0).outcome == auth::verdict::refused);
      CHECK_FALSE(got.steps.at(0).detail.empty());
      CHECK(got.heard.size() == 1);
    }
  }
  // A server that takes the cancellation for success is not believed, and one that goes on is cancelled again.
  const auto refused = to_challenge + "S: + AAAA\nC: *\n";
  CHECK(log_in({refused + "S: {b} OK done\n"}).why.code == errc::unexpected_response);
  CHECK(log_in({refused + "S: + " + challenge + "\nC: *\nS: {b} NO ended\n" + leaving}).why.code ==
        errc::authentication_failed);
}

TEST_CASE("NTLM-1.3-03 a challenge behind the last blob is cancelled, since NTLM has nothing to say to it") {
  const auto got = log_in({to_end + "S: + " + challenge + "\nC: *\nS: {b} NO ended\n" + leaving});
  CHECK(got.why.code == errc::authentication_failed);
  CHECK(got.heard.size() == 2);
}

TEST_CASE("NTLM-2.2.2-02 the framing of a challenge is read leniently, its base64 strictly") {
  for (const std::string before : {"+ ", "+", "+  ", "+\t"}) {
    for (const std::string behind : {"", " ", "\t"}) {
      CAPTURE(before);
      CHECK(log_in({to_challenge + "S: " + before + challenge + behind + "\nC: ?\nS: {b} OK done\n" + welcome}).ok);
    }
  }
  auto bad_character = challenge;
  bad_character[20] = '-';
  auto split = challenge;
  split.insert(76, " ");
  for (const auto& illegal :
       {bad_character, split, challenge + "A", challenge.substr(1), challenge + "=",
        challenge + "====", "====" + challenge, std::string("="), std::string("\xc3\xa9\xc3\xa9")}) {
    CAPTURE(illegal);
    const auto got =
        log_in(with_fallback(), {to_challenge + "S: + " + illegal + "\nC: *\nS: {b} BAD cancelled\n" + login_instead});
    CHECK(got.ok);
    CHECK(got.steps.at(0).outcome == auth::verdict::refused);
    CHECK(got.steps.at(0).detail.find("base64") != std::string::npos);
  }
}

TEST_CASE("NTLM-1.7-02 NTLM-5.1-01 an account that says nothing of versions gives an NTLMv1 server no response") {
  auto old = modern_challenge();
  old.flags &= ~auth::ntlm_flag::target_info;
  old.target_info.reset();
  const auto got = log_in({to_challenge + "S: + " + base64_of(old) + "\nC: *\nS: {b} NO cancelled\n" + leaving});
  CHECK(got.why.code == errc::authentication_failed);
  // By policy the same server gets one.
  auto account = account_of("anna", "s3cret");
  account.auth.ntlm = ntlm_version::v1_extended_session;
  CHECK(log_in(account, {to_challenge + "S: + " + base64_of(old) + "\nC: ?\nS: {b} OK done\n" + welcome}).ok);
}

TEST_CASE("NTLM-4.1-01 NTLM-4.2-01 the client that connects gives the responses of the document") {
  for (const auto& example : {oximap4::accepted, oximap4::rejected}) {
    auto account = account_of("user", example.password);
    account.auth.ntlm = ntlm_version::v1_extended_session;
    const bool good = std::string_view(example.password) == "password";
    const auto got = log_in(
        account,
        {to_challenge + "S: + " + auth::encode_base64(oximap4::challenge(example)) + "\nC: ?\n" +
         (good ? "S: {b} OK AUTHENTICATE completed.\n" + welcome : "S: {b} NO AUTHENTICATE failed.\n" + leaving)},
        fixed_random(from_hex(example.client_challenge)));
    CHECK(got.ok == good);
    REQUIRE(got.heard.size() == 2);
    CHECK(auth::decode_base64(got.heard[0]).value() == oximap4::negotiate());
    const auto sent = auth::parse_authenticate(auth::decode_base64(got.heard[1]).value()).value();
    const auto printed = auth::parse_authenticate(oximap4::authenticate(example)).value();
    CHECK(to_hex(sent.nt_response) == to_hex(printed.nt_response));
    CHECK(to_hex(sent.lm_response) == to_hex(printed.lm_response));
    CHECK(sent.user == printed.user);
    CHECK(sent.flags == printed.flags);
  }
}
