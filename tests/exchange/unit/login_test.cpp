#include <doctest/doctest.h>

#include "auth/base64.hpp"
#include "auth/ntlm_message.hpp"
#include "client.hpp"

namespace outmap::exchange::test {

namespace {

answer log_in(running_server& server, mechanism m, std::string_view user, std::string_view password,
              ntlm_version version = ntlm_version::v2) {
  client c = server.connect_tls();
  const auto by = mechanism_for(m, user, password, version);
  answer got = c.authenticate(*by);
  // Only who is in may select (XIMAP-V0018).
  CHECK(c.command("SELECT INBOX").tagged.starts_with(got.tagged.starts_with("OK") ? "OK" : "BAD"));
  return got;
}

/// Plays NTLM honestly but for one octet of the AUTHENTICATE message.
class tampering : public auth::sasl_mechanism {
 public:
  tampering(std::unique_ptr<auth::sasl_mechanism> honest, std::size_t at) : honest_(std::move(honest)), at_(at) {}
  [[nodiscard]] std::string_view name() const override { return honest_->name(); }
  [[nodiscard]] bool complete() const override { return honest_->complete(); }
  result<std::string> step(std::string_view challenge) override {
    auto out = honest_->step(challenge);
    if (out && !challenge.empty()) (*out)[at_] = static_cast<char>((*out)[at_] ^ 1);
    return out;
  }

 private:
  std::unique_ptr<auth::sasl_mechanism> honest_;
  std::size_t at_;
};

}  // namespace

TEST_CASE("XIMAP-V0023 every mechanism logs in and the OK carries no code") {
  running_server server;
  for (const mechanism m : {mechanism::ntlm, mechanism::digest_md5, mechanism::plain}) {
    CAPTURE(to_string(m));
    CHECK(log_in(server, m, test_user, test_password).tagged == "OK AUTHENTICATE completed.");
    CHECK(log_in(server, m, test_user, "s3cret password").tagged == "NO AUTHENTICATE failed.");
    CHECK(log_in(server, m, "bob", test_password).tagged == "NO AUTHENTICATE failed.");
  }
  CHECK(server->log().totals().logins == 3);
  CHECK(server->log().totals().failed_logins == 6);
}

TEST_CASE("NTLM-1.7-01 NTLMv1 with and without extended session security and NTLMv2 are verified") {
  for (const bool timestamp : {true, false}) {
    running_server server(strict(personality::exchange_2007()),
                          [&](server_options& o) { o.ntlm.timestamp = timestamp; });
    for (const ntlm_version v : {ntlm_version::v2, ntlm_version::v1_extended_session, ntlm_version::v1}) {
      CAPTURE(static_cast<int>(v));
      CHECK(log_in(server, mechanism::ntlm, test_user, test_password, v).tagged == "OK AUTHENTICATE completed.");
      CHECK(log_in(server, mechanism::ntlm, "CORP\\Anna", test_password, v).tagged == "OK AUTHENTICATE completed.");
      CHECK(log_in(server, mechanism::ntlm, test_user, "wrong", v).tagged == "NO AUTHENTICATE failed.");
    }
  }
}

TEST_CASE("NTLM-1.7-02 an acceptor for NTLMv2 alone refuses NTLMv1") {
  running_server server(personality::generic(), [](server_options& o) { o.ntlm.accept_v1 = false; });
  CHECK(log_in(server, mechanism::ntlm, test_user, test_password, ntlm_version::v1).tagged.starts_with("NO"));
  CHECK(log_in(server, mechanism::ntlm, test_user, test_password, ntlm_version::v1_extended_session)
            .tagged.starts_with("NO"));
  CHECK(log_in(server, mechanism::ntlm, test_user, test_password).tagged.starts_with("OK"));
}

TEST_CASE("a changed octet in the MIC or in the flags of an AUTHENTICATE message ends the log-on") {
  running_server server;
  for (const std::size_t at : {auth::mic_offset, auth::mic_offset + 15, std::size_t{62}}) {
    client c = server.connect_tls();
    tampering by(mechanism_for(mechanism::ntlm, test_user, test_password), at);
    CHECK(c.authenticate(by).tagged == "NO AUTHENTICATE failed.");
  }
}

TEST_CASE("a fixed challenge is the one that goes out") {
  running_server server(personality::generic(),
                        [](server_options& o) { o.ntlm.fixed_challenge = "\1\2\3\4\5\6\7\x8"; });
  client c = server.connect();
  c.write("a AUTHENTICATE NTLM\r\n");
  CHECK(c.read_line() == "+ ");
  const auto first = mechanism_for(mechanism::ntlm, test_user, test_password)->step("");
  REQUIRE(first);
  c.write(auth::encode_base64(*first) + "\r\n");
  const auto octets = auth::decode_base64(c.read_line().substr(2));
  REQUIRE(octets);
  const auto challenge = auth::parse_challenge(*octets);
  REQUIRE(challenge);
  CHECK(auth::view_of(challenge->server_challenge) == "\1\2\3\4\5\6\7\x8");
  c.write("*\r\n");
  CHECK(c.read_line() == "a BAD AUTHENTICATE cancelled.");
  CHECK(c.command("NOOP").tagged == "OK NOOP completed.");
}

TEST_CASE("NTLM-3.2.5.2.4-01 what is no NTLM message or no base64 gets BAD") {
  running_server server;
  for (const char* blob : {"!!!!", "AAAA", "TlRMTVNTUAADAAAA"}) {
    client c = server.connect();
    c.write("a AUTHENTICATE NTLM\r\n");
    CHECK(c.read_line() == "+ ");
    c.write(std::string(blob) + "\r\n");
    CHECK(c.read_line() == "a BAD AUTHENTICATE failed.");
  }
}

TEST_CASE("NTLM-2.2.1-04 the empty continuation has three forms") {
  for (const auto& [form, text] : {std::pair{empty_continuation::plus_space, "+ "},
                                   {empty_continuation::plus, "+"},
                                   {empty_continuation::plus_text, "+ Go ahead."}}) {
    auto behaves = personality::generic();
    behaves.first_continuation = form;
    running_server server(behaves);
    client c = server.connect();
    c.write("a AUTHENTICATE NTLM\r\n");
    CHECK(c.read_line() == text);
  }
}

TEST_CASE("NTLM-2.2.1-05 XIMAP-E0003 a mechanism that is not offered is refused") {
  running_server server(personality::exchange_2016());
  client c = server.connect_tls();
  CHECK(c.command("CAPABILITY").lines("CAPABILITY ")[0].find("AUTH=NTLM") == std::string::npos);
  CHECK(c.command("AUTHENTICATE NTLM").tagged.starts_with("BAD"));
  CHECK(c.command("AUTHENTICATE ANONYMOUS").tagged.starts_with("BAD"));  // XIMAP-V0019
  CHECK(c.command("AUTHENTICATE GSSAPI").tagged.starts_with("NO"));
}

TEST_CASE("XIMAP-V0020 XIMAP-2.1.4 the capabilities differ before and after STARTTLS") {
  running_server server(personality::exchange_2010sp2());
  client c = server.connect();
  CHECK(c.command("CAPABILITY").untagged ==
        std::vector<std::string>{
            "CAPABILITY IMAP4 IMAP4rev1 AUTH=NTLM AUTH=GSSAPI STARTTLS LOGINDISABLED IDLE NAMESPACE LITERAL+"});
  CHECK(c.command("STARTTLS").tagged == "OK Begin TLS negotiation now.");
  c.start_tls(server->ca_pem());
  CHECK(
      c.command("CAPABILITY").untagged ==
      std::vector<std::string>{"CAPABILITY IMAP4 IMAP4rev1 AUTH=NTLM AUTH=GSSAPI AUTH=PLAIN IDLE NAMESPACE LITERAL+"});
  CHECK(c.command("STARTTLS").tagged.starts_with("BAD"));
}

TEST_CASE("what was pipelined behind STARTTLS is thrown away") {
  running_server server;
  client c = server.connect();
  c.write("a STARTTLS\r\nb CAPABILITY\r\n");
  CHECK(c.read_line() == "a OK Begin TLS negotiation now.");
  c.start_tls(server->ca_pem());
  const answer got = c.command("NOOP");
  CHECK(got.untagged.empty());
  CHECK(got.tagged == "OK NOOP completed.");
  CHECK(server->log().count("CAPABILITY") == 0);
}

TEST_CASE("XIMAP-V0022 XIMAP-V0025 a plaintext password needs TLS unless it is allowed") {
  {
    running_server server(personality::exchange_2007());
    client c = server.connect();
    CHECK(c.command("LOGIN anna \"x\"").tagged.starts_with("NO"));
    CHECK(c.command("AUTHENTICATE PLAIN").tagged.starts_with("NO"));
  }
  auto behaves = strict(personality::exchange_2007());
  behaves.take_passwords_without_tls();
  running_server server(behaves, [](server_options& o) { o.accounts = {{"anna", secret("plain")}}; });
  client c = server.connect();
  CHECK(c.command("LOGIN anna plain").tagged == "OK LOGIN completed.");
}

TEST_CASE("XIMAP-V0024 LOGIN takes atoms, quoted strings and literals") {
  running_server server(personality::generic(), [](server_options& o) { o.accounts = {{"a b\"c", secret("x\\y")}}; });
  client quoted = server.connect_tls();
  CHECK(quoted.command(R"(LOGIN "a b\"c" "x\\y")").tagged == "OK LOGIN completed.");
  client literal = server.connect_tls();
  CHECK(literal.command_with_literal(R"(LOGIN "a b\"c")", "x\\y").tagged == "OK LOGIN completed.");
  client wrong = server.connect_tls();
  CHECK(wrong.command("LOGIN anonymous x").tagged == "NO LOGIN failed.");  // XIMAP-V0019
  for (const command_seen& seen : server->log().commands()) {
    CHECK(seen.line.find("x\\y") == std::string::npos);
  }
}

TEST_CASE("NTLM-2.2.4-02 NTLM-2.2.4-03 NTLM-2.2.4-04 NTLM-2.2.4-05 a delegate logs on with the own password") {
  running_server server(personality::generic(), [](server_options& o) {
    o.accounts = {{"anna", secret("hers")}, {"bob", secret("his")}};
  });
  for (const char* user : {"CORP/anna/bob", "CORP/anna/bob@example.com", "anna@example.com/bob",
                           "anna@example.com/bob@example.com", "CORP/anna"}) {
    CAPTURE(user);
    client good = server.connect_tls();
    CHECK(good.command("LOGIN " + std::string(user) + " hers").tagged == "OK LOGIN completed.");
    client bad = server.connect_tls();
    CHECK(bad.command("LOGIN " + std::string(user) + " his").tagged == "NO LOGIN failed.");
  }
}

TEST_CASE("XIMAP-V0061 the fourth failure ends the connection") {
  running_server server;
  client c = server.connect_tls();
  for (int i = 0; i < 3; ++i) CHECK(c.command("LOGIN anna wrong").tagged == "NO LOGIN failed.");
  CHECK(c.command("NOOP").tagged == "OK NOOP completed.");
  CHECK(c.command("LOGIN anna wrong").tagged == "NO LOGIN failed.");
  CHECK(c.ended());
  CHECK(server.login().command("NOOP").tagged == "OK NOOP completed.");
}

TEST_CASE("XIMAP-V0052 XIMAP-V0051 no code names the capabilities") {
  running_server server(personality::exchange_2010sp2());
  client c = server.login();
  CHECK(c.greeting() == "* OK The Microsoft Exchange IMAP4 service is ready.");
  CHECK(c.command("SELECT INBOX").lines("OK [CAPABILITY").empty());
}

TEST_CASE("XIMAP-E0002 who does not log in is cut off after 60 seconds, commands or not") {
  using std::chrono::seconds;
  for (personality behaves : exchanges()) {
    CAPTURE(behaves.name);
    CHECK(behaves.unauth_timeout == seconds(60));
    running_server server(strict(std::move(behaves)));
    client c = server.connect();
    client in = server.login();
    server->advance_clock(seconds(30));
    CHECK(c.command("NOOP").tagged == "OK NOOP completed.");
    server->advance_clock(seconds(31));
    CHECK(c.ended());
    CHECK(in.command("NOOP").tagged == "OK NOOP completed.");
  }
}

TEST_CASE("XIMAP-E0002 a shorter time can be configured, and an exchange in progress does not prolong it") {
  auto behaves = personality::generic();
  behaves.unauth_timeout = std::chrono::seconds(20);
  running_server server(behaves);
  client c = server.connect();
  c.write("a AUTHENTICATE NTLM\r\n");
  CHECK(c.read_line() == "+ ");
  server->advance_clock(std::chrono::seconds(20));
  CHECK(c.ended());
}

TEST_CASE("XIMAP-V0015 who is idle for half an hour, or what is configured, is sent away") {
  using std::chrono::minutes;
  for (const minutes timeout : {minutes(30), minutes(7)}) {
    auto behaves = personality::exchange_2016();
    CHECK(behaves.idle_timeout == minutes(30));
    behaves.idle_timeout = timeout;
    behaves.bye_on_idle_timeout = timeout == minutes(30);
    running_server server(behaves);
    client c = server.login();
    server->advance_clock(timeout - minutes(1));
    CHECK(c.command("NOOP").tagged == "OK NOOP completed.");
    server->advance_clock(timeout - minutes(1));
    CHECK(c.command("NOOP").tagged == "OK NOOP completed.");
    server->advance_clock(timeout);
    if (timeout == minutes(30)) CHECK(c.read_line() == "* BYE Session timed out.");
    CHECK(c.ended());
  }
}

TEST_CASE("certificates can be wrong in four ways") {
  for (const certificate_fault fault : {certificate_fault::expired, certificate_fault::not_yet_valid,
                                        certificate_fault::wrong_host, certificate_fault::self_signed}) {
    running_server server(personality::generic(), [&](server_options& o) { o.certificate = fault; });
    CHECK_THROWS(server.connect_tls());
    CHECK(server->fingerprint().size() == 64);
  }
}

}  // namespace outmap::exchange::test
