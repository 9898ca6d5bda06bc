#include <doctest/doctest.h>

#include "../sasl_acceptor.hpp"
#include "auth/base64.hpp"
#include "auth/ntlm_message.hpp"
#include "client.hpp"
#include "unit/auth/oximap4_example.hpp"

namespace outmap::exchange::test {

namespace {

std::string base64_of(std::string_view hex) { return auth::encode_base64(auth_test::from_hex(hex)); }

/// The server of [MS-OXIMAP4] section 4, up to its challenge.
running_server server_of(const oximap4::example& e) {
  return running_server(strict(personality::exchange_2007()), [&](server_options& o) {
    o.accounts = {{"user", secret("password")}};
    o.ntlm.domain = "TESTSERVER";
    o.ntlm.computer = "TESTSERVER";
    o.ntlm.dns_domain = "TestServer";
    o.ntlm.dns_computer = "TestServer";
    o.ntlm.major = 5;
    o.ntlm.minor = 2;
    o.ntlm.build = 3790;
    o.ntlm.timestamp = false;
    o.ntlm.fixed_challenge = auth_test::from_hex(e.challenge).substr(24, 8);
  });
}

/// Says "round 1" to "round n" and then how it went.
class scripted : public sasl_acceptor {
 public:
  scripted(int rounds, sasl_outcome end) : rounds_(rounds), end_(end) {}
  sasl_answer step(std::string_view response) override {
    CHECK(response == "answer " + std::to_string(step_));
    if (++step_ < rounds_) return {sasl_outcome::challenge, "round " + std::to_string(step_)};
    return {end_, "anna"};
  }

 private:
  int rounds_;
  sasl_outcome end_;
  int step_ = 0;
};

/// Four Exchanges offer NTLM.
std::vector<personality> with_ntlm() {
  return {strict(personality::exchange_2003()), strict(personality::exchange_2007()),
          strict(personality::exchange_2010()), personality::exchange_2010sp2()};
}

}  // namespace

TEST_CASE("NTLM-4.1-01 NTLM-3.2.1.2-02 NTLM-3.2.1.2-03 NTLM-3.2.5.2.2-01 NTLM-2.2.1-07 NTLM-2.2.1-09 a good log-on") {
  auto server = server_of(oximap4::accepted);
  client c = server.connect();
  c.write("1 AUTHENTICATE NTLM\r\n");
  CHECK(c.read_line() == "+ ");
  c.write(base64_of(oximap4::negotiate_hex) + "\r\n");
  CHECK(c.read_line() == "+ " + base64_of(oximap4::accepted.challenge));
  c.write(base64_of(oximap4::accepted.authenticate) + "\r\n");
  CHECK(c.read_line() == "1 OK AUTHENTICATE completed.");
  CHECK(c.command("SELECT INBOX").tagged.starts_with("OK"));
}

TEST_CASE("NTLM-4.2-01 NTLM-3.2.1.2-04 NTLM-3.2.5.2.3-01 NTLM-2.2.1-08 the example of a refused log-on") {
  auto server = server_of(oximap4::rejected);
  client c = server.connect();
  c.write("1 AUTHENTICATE NTLM\r\n");
  CHECK(c.read_line() == "+ ");
  c.write(base64_of(oximap4::negotiate_hex) + "\r\n");
  CHECK(c.read_line() == "+ " + base64_of(oximap4::rejected.challenge));
  c.write(base64_of(oximap4::rejected.authenticate) + "\r\n");
  CHECK(c.read_line() == "1 NO AUTHENTICATE failed.");
  CHECK(c.command("SELECT INBOX").tagged.starts_with("BAD"));
  // The same octets with the first challenge prove the good password; here they prove nothing.
  c.write("2 AUTHENTICATE NTLM\r\n");
  CHECK(c.read_line() == "+ ");
  c.write(base64_of(oximap4::negotiate_hex) + "\r\n");
  c.read_line();
  c.write(base64_of(oximap4::accepted.authenticate) + "\r\n");
  CHECK(c.read_line() == "2 NO AUTHENTICATE failed.");
}

TEST_CASE("NTLM-2.2.1-08 a refused log-on can be answered BAD, as the text says against the example") {
  auto behaves = personality::exchange_2010sp2();
  behaves.wrong_password = refusal::bad;
  running_server server(behaves);
  client c = server.connect_tls();
  const auto by = mechanism_for(mechanism::ntlm, test_user, "wrong");
  CHECK(c.authenticate(*by).tagged == "BAD AUTHENTICATE failed.");
}

TEST_CASE("NTLM-3.2.5-01 NTLM-3.2.1.1-01 NTLM-3.2.5.1-01 NTLM-3.2.5.2-01 NTLM-3.2.5.2.1-01 NTLM-2.2.2-01 states") {
  for (const personality& behaves : with_ntlm()) {
    CAPTURE(behaves.name);
    running_server server(behaves);
    client c = server.connect_tls();
    // start → inside: the empty continuation.
    c.write("a AUTHENTICATE NTLM\r\n");
    CHECK(c.read_line() == "+ ");
    // continue: one line, not folded, and nothing else.
    const auto mechanism = mechanism_for(mechanism::ntlm, test_user, test_password);
    c.write(auth::encode_base64(*mechanism->step("")) + "\r\n");
    const std::string challenge = c.read_line();
    REQUIRE(challenge.starts_with("+ TlRMTVNTUAAC"));
    CHECK(challenge.size() > 2 + 76);
    // corrupt → completed: back at the start, the connection is usable.
    c.write("TlRMTVNTUAADAAAA\r\n");
    CHECK(c.read_line() == "a BAD AUTHENTICATE failed.");
    CHECK(c.command("NOOP").tagged == "OK NOOP completed.");
    const auto wrong = mechanism_for(mechanism::ntlm, test_user, "wrong");
    CHECK(c.authenticate(*wrong).tagged == "NO AUTHENTICATE failed.");
    const auto good = mechanism_for(mechanism::ntlm, test_user, test_password);
    CHECK(c.authenticate(*good).tagged == "OK AUTHENTICATE completed.");
    // completed: the mechanism is no command of this state.
    CHECK(c.command("AUTHENTICATE NTLM").tagged.starts_with("BAD"));
  }
}

TEST_CASE("NTLM-1.3-04 NTLM-3.2.5.2-01 the loop goes on as long as the acceptor says, whatever it says") {
  for (const int rounds : {1, 2, 3, 5}) {
    for (const auto& [end, text] : {std::pair{sasl_outcome::accepted, "OK AUTHENTICATE completed."},
                                    {sasl_outcome::refused, "NO AUTHENTICATE failed."},
                                    {sasl_outcome::corrupt, "BAD AUTHENTICATE failed."}}) {
      CAPTURE(rounds);
      running_server server(personality::exchange_2010sp2(), [&, end = end](server_options& o) {
        o.acceptor = [rounds, end](std::string_view name) -> std::unique_ptr<sasl_acceptor> {
          if (name != "NTLM") return nullptr;
          return std::make_unique<scripted>(rounds, end);
        };
      });
      client c = server.connect_tls();
      c.write("a AUTHENTICATE NTLM\r\n");
      std::string line = c.read_line();
      for (int i = 0; i < rounds; ++i) {
        CHECK(line == (i == 0 ? "+ " : "+ " + auth::encode_base64("round " + std::to_string(i))));
        c.write(auth::encode_base64("answer " + std::to_string(i)) + "\r\n");
        line = c.read_line();
      }
      CHECK(line == std::string("a ") + text);
    }
  }
}

TEST_CASE("NTLM-3.2.5.1-02 NTLM-2.2.1-05 without NTLM the answer is BAD, or NO, and the state stays") {
  for (const refusal how : {refusal::bad, refusal::no}) {
    for (auto behaves : {personality::exchange_2013(), personality::exchange_2016(), personality::exchange_2019()}) {
      CHECK(behaves.unsupported_mechanism == refusal::bad);
      behaves.unsupported_mechanism = how;
      running_server server(behaves);
      client c = server.connect_tls();
      CHECK(c.command("AUTHENTICATE NTLM").tagged.starts_with(how == refusal::bad ? "BAD" : "NO"));
      const auto plain = mechanism_for(mechanism::plain, test_user, test_password);
      CHECK(c.authenticate(*plain).tagged == "OK AUTHENTICATE completed.");
    }
  }
}

TEST_CASE("NTLM-2.2.1-10 NTLM-2.2.1-12 an asterisk cancels at each step; the answer is NO, or BAD") {
  for (const refusal how : {refusal::no, refusal::bad}) {
    for (auto behaves : with_ntlm()) {
      CHECK(behaves.cancelled == refusal::no);
      behaves.cancelled = how;
      running_server server(behaves);
      client c = server.connect_tls();
      for (const char* asterisk : {"*\r\n", "* \r\n"}) {
        c.write("a AUTHENTICATE NTLM\r\n");
        CHECK(c.read_line() == "+ ");
        if (std::string_view(asterisk) == "*\r\n") {
          c.write(base64_of(oximap4::negotiate_hex) + "\r\n");
          CHECK(c.read_line().starts_with("+ "));
        }
        c.write(asterisk);
        CHECK(c.read_line() == std::string("a ") + (how == refusal::no ? "NO" : "BAD") + " AUTHENTICATE cancelled.");
      }
      CHECK(c.command("SELECT INBOX").tagged.starts_with("BAD"));
      CHECK(c.command("NOOP").tagged == "OK NOOP completed.");
    }
  }
}

TEST_CASE("NTLM-2.2.3-02 NTLM-3.2.1.2-05 NTLM-3.2.5.2.4-01 what is no base64 or no NTLM message is BAD, at each step") {
  running_server server(personality::exchange_2010sp2(), [](server_options& o) { o.behaves.failures_before_drop = 0; });
  client c = server.connect_tls();
  for (const char* blob : {"!!!!", "AAA", "AA=A", "AAAA", "TlRMTVNTUAADAAAA", "TlRMTVNTUAABAAAA", "", " TlRM"}) {
    CAPTURE(blob);
    for (const bool second : {false, true}) {
      c.write("a AUTHENTICATE NTLM\r\n");
      CHECK(c.read_line() == "+ ");
      if (second) {
        c.write(base64_of(oximap4::negotiate_hex) + "\r\n");
        CHECK(c.read_line().starts_with("+ "));
      }
      c.write(std::string(blob) + "\r\n");
      CHECK(c.read_line() == "a BAD AUTHENTICATE failed.");
    }
  }
  // A line of 100,000 characters is read to its end and refused.
  c.write("a AUTHENTICATE NTLM\r\n");
  CHECK(c.read_line() == "+ ");
  c.write(std::string(100'000, 'A') + "\r\n");
  CHECK(c.read_line() == "a BAD AUTHENTICATE failed.");
  CHECK(c.command("NOOP").tagged.starts_with("OK"));
}

TEST_CASE("NTLM-3.2.1.2-01 the CHALLENGE is of the connection-oriented kind, with no flag of its own for IMAP") {
  for (const personality& behaves : with_ntlm()) {
    running_server server(behaves);
    client c = server.connect();
    c.write("a AUTHENTICATE NTLM\r\n");
    c.read_line();
    c.write(base64_of(oximap4::negotiate_hex) + "\r\n");
    const auto octets = auth::decode_base64(c.read_line().substr(2));
    REQUIRE(octets);
    const auto challenge = auth::parse_challenge(*octets);
    REQUIRE(challenge);
    CHECK((challenge->flags & auth::ntlm_flag::datagram) == 0);
    CHECK((challenge->flags & (auth::ntlm_flag::sign | auth::ntlm_flag::seal)) == 0);  // XIMAP-V0021
    CHECK(challenge->target_info.has_value());
  }
}

TEST_CASE("NTLM-3.1.2-01 NTLM-2.1-01 no timer but that of the session runs, and the transport does not matter") {
  for (const bool tls : {false, true}) {
    running_server server(personality::exchange_2010sp2());
    client c = tls ? server.connect_tls() : server.connect();
    c.write("a AUTHENTICATE NTLM\r\n");
    CHECK(c.read_line() == "+ ");
    server->advance_clock(std::chrono::seconds(40));
    const auto mechanism = mechanism_for(mechanism::ntlm, test_user, test_password);
    c.write(auth::encode_base64(*mechanism->step("")) + "\r\n");
    const auto challenge = auth::decode_base64(c.read_line().substr(2));
    REQUIRE(challenge);
    c.write(auth::encode_base64(*mechanism->step(*challenge)) + "\r\n");
    CHECK(c.read_line() == "a OK AUTHENTICATE completed.");
  }
}

}  // namespace outmap::exchange::test
