// Connecting and logging in, against a server on loopback that can be made to misbehave.
#include "session/connector.hpp"

#include <doctest/doctest.h>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include <sstream>

#include "exchange/server.hpp"
#include "support/audit_report.hpp"
#include "support/temp_dir.hpp"
#include "support/trace_on_trial.hpp"

using namespace outmap;

namespace {

struct attempt {
  bool ok = false;
  error why;
  std::vector<auth::ladder_step> steps;
  session::connection_facts facts;
  std::string trace;
};

// A server with one account, and one login against it.
struct loopback {
  exchange::server_options options;
  std::unique_ptr<exchange::server> server;
  test::temp_dir dir;
  account_config account;
  bool interrupt_at_once = false;

  loopback() {
    options.accounts = {{"anna", secret("s3cret")}};
    account.host = "localhost";
    account.user = "anna";
    account.password = secret("s3cret");
    account.timeout = std::chrono::seconds(20);
  }

  void start() {
    server = std::make_unique<exchange::server>(options);
    const auto up = server->start();
    REQUIRE_MESSAGE(up, up.error().message());
    account.ca_file = dir / "ca.pem";
    REQUIRE(server->write_ca(account.ca_file));
  }

  attempt log_in() {
    if (!server) start();
    account.port = account.tls == tls_mode::implicit ? server->tls_port() : server->port();
    attempt out;
    test::audited_trace trace;
    test::trace_on_trial audited(account.auth, &trace);
    asio::io_context loop;
    net::interrupter stop;
    if (interrupt_at_once) asio::post(loop, [&] { stop.interrupt(); });
    session::connector with(
        account, {stop, &audited, auth::system_random(), [] { return std::uint64_t{133500000000000000}; }, {}, {}});
    const auto work = [&]() -> asio::awaitable<void> {
      auto on = co_await with.log_in();
      out.ok = on.has_value();
      if (on) {
        co_await (*on)->logout();
      } else {
        out.why = on.error();
      }
    };
    asio::co_spawn(loop, work(), [](const std::exception_ptr& e) {
      if (e) std::rethrow_exception(e);
    });
    loop.run();
    out.steps = with.steps();
    out.facts = with.facts();
    out.trace = trace.text;
    return out;
  }

  errc failure() {
    const auto got = log_in();
    CHECK_FALSE(got.ok);
    INFO(got.why.message());
    return got.why.code;
  }
};

std::vector<std::string> outcomes(const attempt& a) {
  std::vector<std::string> out;
  for (const auto& s : a.steps)
    out.push_back(std::string(to_string(s.which)) + ": " + std::string(auth::to_string(s.outcome)));
  return out;
}

std::optional<exchange::action> instead_of(const exchange::command_seen& seen, const char* name, std::string answer) {
  if (seen.name != name) return std::nullopt;
  exchange::action a;
  a.instead = std::move(answer);
  return a;
}

}  // namespace

TEST_CASE_FIXTURE(loopback, "OIMAP-E0001 each mechanism logs in, over TLS from the start and over STARTTLS") {
  for (const auto tls : {tls_mode::implicit, tls_mode::starttls}) {
    for (const auto which : {mechanism::ntlm, mechanism::digest_md5, mechanism::plain, mechanism::login}) {
      CAPTURE(std::string(to_string(which)));
      account.tls = tls;
      account.auth.allowed = {which};
      const auto got = log_in();
      CHECK_MESSAGE(got.ok, got.why.message());
      REQUIRE(got.facts.tls);
      CHECK(got.trace.find("s3cret") == std::string::npos);
      CHECK(got.trace.find("czNjcmV0") == std::string::npos);
    }
  }
}

TEST_CASE_FIXTURE(loopback, "NTLM-1.7-01 each NTLM version logs in by policy") {
  account.auth.allowed = {mechanism::ntlm};
  for (const auto version : {ntlm_version::v2, ntlm_version::v1_extended_session, ntlm_version::v1}) {
    account.auth.ntlm = version;
    const auto got = log_in();
    CHECK_MESSAGE(got.ok, got.why.message());
  }
}

TEST_CASE_FIXTURE(loopback, "OIMAP-V0033 OIMAP-V0035 CAPABILITY is asked after every login, and after STARTTLS") {
  account.tls = tls_mode::starttls;
  account.auth.allowed = {mechanism::login};
  const auto got = log_in();
  REQUIRE(got.ok);
  std::vector<std::string> sent;
  std::istringstream lines(got.trace);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("C: ")) sent.push_back(line.substr(8, line.find(' ', 8) - 8));
  }
  CHECK(sent == std::vector<std::string>{"CAPABILITY", "STARTTLS", "CAPABILITY", "LOGIN", "CAPABILITY", "LOGOUT"});
}

TEST_CASE_FIXTURE(
    loopback,
    "OIMAP-V0034 XIMAP-V0061 a wrong password climbs down the ladder with at most three failures a connection") {
  account.password = secret("wrong");
  const auto got = log_in();
  CHECK_FALSE(got.ok);
  CHECK(got.why.code == errc::authentication_failed);
  CHECK(outcomes(got) ==
        std::vector<std::string>{"ntlm: refused", "digest-md5: refused", "plain: refused", "login: refused"});
}

TEST_CASE_FIXTURE(loopback,
                  "XIMAP-V0061 a server that hangs up on a wrong password has answered, and the ladder ends") {
  account.password = secret("wrong");
  options.behaves.failures_before_drop = 1;
  const auto got = log_in();
  CHECK_FALSE(got.ok);
  CHECK(got.why.code == errc::authentication_failed);
}

TEST_CASE_FIXTURE(loopback, "OIMAP-V0032 a mechanism that is not listed is not tried; with none listed it is LOGIN") {
  options.behaves.mechanisms.clear();
  const auto got = log_in();
  CHECK(got.ok);
  CHECK(got.trace.find("AUTHENTICATE") == std::string::npos);
  CHECK(outcomes(got).back() == "login: succeeded");
}

TEST_CASE_FIXTURE(loopback, "OIMAP-V0031 without TLS no password leaves unless the account allows it") {
  account.tls = tls_mode::none;
  account.auth.allowed = {mechanism::plain, mechanism::login};
  options.behaves.take_passwords_without_tls();
  const auto strict = log_in();
  CHECK(strict.why.code == errc::plaintext_forbidden);
  CHECK(strict.trace.find("LOGIN") == std::string::npos);
  CHECK(strict.trace.find("AUTHENTICATE") == std::string::npos);
  account.auth.plaintext = plaintext_policy::allowed;
  CHECK(log_in().ok);
}

TEST_CASE_FIXTURE(loopback, "XIMAP-2.1.4 under LOGINDISABLED no LOGIN is sent") {
  options.behaves.login_disabled_tls = true;
  account.auth.allowed = {mechanism::login};
  const auto got = log_in();
  CHECK(got.why.code == errc::login_disabled);
  CHECK(got.trace.find("C: LOGIN") == std::string::npos);
}

TEST_CASE("a certificate that does not hold is refused, each fault with its own code, and no credential is sent") {
  const std::pair<exchange::certificate_fault, errc> faults[] = {
      {exchange::certificate_fault::expired, errc::certificate_expired},
      {exchange::certificate_fault::not_yet_valid, errc::certificate_not_yet_valid},
      {exchange::certificate_fault::wrong_host, errc::certificate_wrong_host},
      {exchange::certificate_fault::self_signed, errc::certificate_untrusted},
  };
  for (const auto& [fault, code] : faults) {
    for (const auto tls : {tls_mode::implicit, tls_mode::starttls}) {
      loopback l;
      l.options.certificate = fault;
      l.account.tls = tls;
      const auto got = l.log_in();
      CHECK_FALSE(got.ok);
      CHECK_MESSAGE(got.why.code == code, got.why.message());
      CHECK(got.steps.empty());
    }
  }
}

TEST_CASE_FIXTURE(loopback, "a pinned fingerprint replaces the other checks, and another one is refused") {
  options.certificate = exchange::certificate_fault::self_signed;
  start();
  account.fingerprint = server->fingerprint();
  CHECK(log_in().ok);
  account.fingerprint = std::string(64, 'a');
  CHECK(failure() == errc::fingerprint_mismatch);
}

TEST_CASE_FIXTURE(loopback, "an issuer that is not given is not trusted") {
  start();
  account.ca_file.clear();
  account.port = server->tls_port();
  CHECK(failure() == errc::certificate_untrusted);
}

TEST_CASE_FIXTURE(loopback, "STARTTLS that is not offered or refused ends the attempt before any credential") {
  account.tls = tls_mode::starttls;
  SUBCASE("not offered") { options.behaves.starttls = false; }
  SUBCASE("refused with NO") {
    options.hooks.on_command = [](const auto& seen) {
      return instead_of(seen, "STARTTLS", seen.tag + " NO not now\r\n");
    };
  }
  SUBCASE("refused with BAD") {
    options.hooks.on_command = [](const auto& seen) {
      return instead_of(seen, "STARTTLS", seen.tag + " BAD what\r\n");
    };
  }
  const auto got = log_in();
  CHECK(got.why.code == errc::starttls_unavailable);
  CHECK(got.steps.empty());
}

TEST_CASE_FIXTURE(loopback, "octets behind the OK of STARTTLS end the connection") {
  account.tls = tls_mode::starttls;
  options.hooks.on_command = [](const auto& seen) {
    return instead_of(seen, "STARTTLS", seen.tag + " OK begin\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n");
  };
  CHECK(failure() == errc::plaintext_after_starttls);
}

TEST_CASE_FIXTURE(loopback, "PREAUTH before STARTTLS is refused") {
  account.tls = tls_mode::starttls;
  options.hooks.on_connect = [](auto) { return "* PREAUTH welcome"; };
  CHECK(failure() == errc::preauth_before_tls);
}

TEST_CASE_FIXTURE(loopback, "a server that turns away or is no IMAP server is named as that") {
  account.tls = tls_mode::none;
  SUBCASE("BYE") {
    options.hooks.on_connect = [](auto) { return "* BYE too many connections"; };
    CHECK(failure() == errc::greeting_bye);
  }
  SUBCASE("SMTP") {
    options.hooks.on_connect = [](auto) { return "220 mail.example.com ESMTP"; };
    CHECK(failure() == errc::not_imap);
  }
  SUBCASE("TLS expected, plain server") {
    start();
    account.tls = tls_mode::implicit;
    account.timeout = std::chrono::milliseconds(500);
    server->set_hooks({});
    asio::io_context unused;
    // Port of the plain listener on purpose.
    const auto plain = server->port();
    session::connection_facts none;
    account_config wrong = account;
    wrong.port = plain;
    asio::io_context loop;
    net::interrupter stop;
    errc code = errc::internal;
    session::connector with(wrong, {stop, nullptr, auth::system_random(), [] { return std::uint64_t{1}; }, {}, {}});
    asio::co_spawn(
        loop,
        [&]() -> asio::awaitable<void> {
          auto on = co_await with.open();
          if (!on) code = on.error().code;
        },
        [](const std::exception_ptr&) {});
    loop.run();
    const bool tls_or_time = code == errc::tls_failed || code == errc::timed_out;
    CHECK(tls_or_time);
  }
}

TEST_CASE_FIXTURE(loopback, "NTLM-3.1.2-01 a server that never answers is left at the deadline") {
  account.timeout = std::chrono::milliseconds(200);
  options.hooks.on_command = [](const exchange::command_seen& seen) -> std::optional<exchange::action> {
    if (seen.name != "AUTHENTICATE") return std::nullopt;
    exchange::action a;
    a.stall = true;
    return a;
  };
  CHECK(failure() == errc::timed_out);
}

TEST_CASE_FIXTURE(loopback, "a refused connection and a host that does not exist are named as that") {
  start();
  server->stop();
  CHECK(failure() == errc::connection_refused);
  account.host = "no-such-host.invalid";
  CHECK(failure() == errc::host_not_found);
}

TEST_CASE_FIXTURE(loopback, "a mailbox that is not available is no wrong password, and no weaker mechanism is tried") {
  std::string answer;
  SUBCASE("in the answer to the login") { answer = "NO Server Unavailable. 15"; }
  SUBCASE("in other words") { answer = "BAD User is authenticated but not connected."; }
  options.hooks.on_command = [&](const exchange::command_seen& c) {
    return instead_of(c, "AUTHENTICATE", c.tag + ' ' + answer + "\r\n");
  };
  const auto got = log_in();
  CHECK(got.why.code == errc::server_unavailable);
  CHECK(got.why.server_text.size() > 10);
  CHECK(server->log().count("AUTHENTICATE") == 1);
  CHECK(server->log().count("LOGIN") == 0);
}

TEST_CASE_FIXTURE(loopback, "an interrupted run ends as cancelled") {
  interrupt_at_once = true;
  CHECK(failure() == errc::cancelled);
}

TEST_CASE_FIXTURE(loopback, "NTLM-2.2.1-09 an OK before the exchange is complete is a protocol error") {
  account.auth.allowed = {mechanism::ntlm};
  options.hooks.on_command = [](const auto& seen) {
    return instead_of(seen, "AUTHENTICATE", seen.tag + " OK come in\r\n");
  };
  CHECK(failure() == errc::unexpected_response);
}

TEST_CASE_FIXTURE(loopback,
                  "OIMAP-V0034 BYE before a mechanism is sent is no answer to it, and no weaker one takes its place") {
  account.auth.allowed = {mechanism::ntlm, mechanism::login};
  options.hooks.on_command = [](const exchange::command_seen& seen) {
    return instead_of(seen, "CAPABILITY",
                      "* CAPABILITY IMAP4rev1 AUTH=NTLM\r\n" + seen.tag + " OK done\r\n* BYE shutting down\r\n");
  };
  SUBCASE("with NTLM") {}
  SUBCASE("with LOGIN alone") { account.auth.allowed = {mechanism::login}; }
  const auto got = log_in();
  CHECK(got.why.code == errc::server_bye);
  CHECK(got.why.server_text == "shutting down");
  CHECK(server->log().count("AUTHENTICATE") == 0);
  CHECK(server->log().count("LOGIN") == 0);
}

TEST_CASE_FIXTURE(loopback,
                  "OIMAP-V0034 BYE behind a refusal: the next mechanism has its turn on the next connection") {
  account.auth.allowed = {mechanism::ntlm, mechanism::login};
  options.hooks.on_command = [](const exchange::command_seen& seen) {
    return instead_of(seen, "AUTHENTICATE", seen.tag + " NO not this one\r\n* BYE enough\r\n");
  };
  const auto got = log_in();
  CHECK(got.ok);
  CHECK(outcomes(got).front() == "ntlm: refused");
  CHECK(outcomes(got).back() == "login: succeeded");
  CHECK(server->log().count("CAPABILITY") == 3);
}

TEST_CASE_FIXTURE(loopback, "NTLM-2.2.1-05 NTLM-3.1.5.2-01 a mechanism refused at once is given up without a blob") {
  account.auth.allowed = {mechanism::ntlm, mechanism::login};
  for (const auto* word : {"BAD", "NO"}) {
    options.hooks.on_command = [word](const auto& seen) {
      return instead_of(seen, "AUTHENTICATE", seen.tag + " " + word + " not here\r\n");
    };
    server.reset();
    const auto got = log_in();
    CHECK(got.ok);
    CHECK(got.trace.find("C: <secret>\n") == std::string::npos);
    CHECK(outcomes(got).back() == "login: succeeded");
  }
}

TEST_CASE_FIXTURE(loopback, "NTLM-3.1.5.3.1-01 a malformed challenge is cancelled and the ladder goes on") {
  account.auth.allowed = {mechanism::ntlm, mechanism::login};
  options.hooks.on_command = [](const exchange::command_seen& seen) -> std::optional<exchange::action> {
    if (seen.name != "AUTHENTICATE") return std::nullopt;
    exchange::action a;
    // The client answers the first '+' with its NEGOTIATE and the second with "*"; both lines arrive as commands of
    // their own.
    a.instead = "+ \r\n+ AAAA\r\n" + seen.tag + " NO cancelled\r\n";
    return a;
  };
  const auto got = log_in();
  CHECK(got.trace.find("C: *\n") != std::string::npos);
  REQUIRE(got.steps.size() >= 1);
  CHECK(got.steps[0].outcome == auth::verdict::refused);
  CHECK_FALSE(got.steps[0].detail.empty());
}
