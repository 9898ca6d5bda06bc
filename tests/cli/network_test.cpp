// The connection and the login, and all that is wrong with servers.
#include <doctest/doctest.h>

#include <openssl/ssl.h>

#include <algorithm>
#include <string>

#include "cli/bundled_server.hpp"
#include "support/loopback_port.hpp"

using namespace outmap::test;
namespace exchange = outmap::exchange;

namespace {

bool says(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

// The command must fail with this code and these words, in text and in JSON alike.
void check_failure(bundled_server& s, const arguments& args, int code, std::string_view words) {
  const auto got = s.run(args);
  CAPTURE(describe(got));
  CHECK(got.exit_code == code);
  CHECK(got.err.starts_with("outmap: "));
  CHECK(says(got.err, words));
  CHECK_FALSE(says(got.err, "\x1b"));
  const auto json = s.run(args + arguments{"--json"});
  CHECK(json.exit_code == code);
  const auto last = parse_events(json.out).back();
  CHECK(last["event"] == "result");
  CHECK(last["exit_code"] == code);
  CHECK(last["error"]["message"].get<std::string>().find(words) != std::string::npos);
  CHECK_FALSE(last["error"]["advice"].get<std::string>().empty());
}

}  // namespace

TEST_CASE("probe shows what the server offers, without a password") {
  bundled_server s;
  s.environment.clear();
  const auto ca = arguments{"--ca-file", (s.dir() / "ca.pem").string()};
  const auto implicit = s.run(arguments{"probe", "localhost:" + std::to_string(s.server().tls_port())} + ca);
  CAPTURE(describe(implicit));
  CHECK(implicit.exit_code == 0);
  CHECK(says(implicit.out, "TLSv1.3"));
  CHECK(says(implicit.out, s.server().fingerprint()));
  CHECK(says(implicit.out, "ntlm, then digest-md5, then plain"));
  const auto events =
      s.events(arguments{"probe", "localhost:" + std::to_string(s.server().port()), "--tls", "starttls"} + ca);
  const auto& probe = events.front();
  CHECK(probe["event"] == "probe");
  CHECK(probe["tls"] == "starttls");
  const auto& before = probe["capabilities_before_tls"];
  CHECK(std::find(before.begin(), before.end(), "STARTTLS") != before.end());
  const auto& after = probe["capabilities"];
  CHECK(std::find(after.begin(), after.end(), "STARTTLS") == after.end());
  CHECK(probe["certificate"]["fingerprint"] == s.server().fingerprint());
  CHECK(events.back()["exit_code"] == 0);
  const auto plain = s.run({"probe", "localhost:" + std::to_string(s.server().port()), "--tls", "none"});
  CHECK(plain.exit_code == 0);
  CHECK(says(plain.out, "none: everything can be read on the way"));
}

TEST_CASE("OIMAP-V0034 each mechanism logs in, over TLS from the start and over STARTTLS") {
  bundled_server s;
  s.server();
  for (const char* mechanism : {"ntlm", "digest-md5", "plain", "login"}) {
    for (const auto& account : {s.account(), s.account_starttls()}) {
      const auto got = s.run(arguments{"login"} + account + arguments{"--auth", mechanism});
      CAPTURE(describe(got));
      CHECK(got.exit_code == 0);
      CHECK(says(got.out, std::string(mechanism) + ": succeeded"));
      CHECK(says(got.out, "anna"));
    }
  }
  CHECK(s.server().log().totals().logins == 8);
  for (const char* version : {"v1", "v1-extended"})
    CHECK(s.run(s.on("login", {"--auth", "ntlm", "--ntlm", version})).exit_code == 0);
}

TEST_CASE("a wrong password ends with 12 and the steps that were tried") {
  bundled_server s;
  s.environment["OUTMAP_PASSWORD"] = "wrong-Pa55";
  check_failure(s, s.on("login"), 12, "did not accept");
  const auto events = s.events(s.on("login"));
  CHECK(std::count_if(events.begin(), events.end(), [](const auto& e) { return e["event"] == "login_step"; }) >= 3);
  CHECK(s.run(s.on("sync")).exit_code == 12);
}

TEST_CASE("certificates that cannot be trusted end with 11") {
  struct row {
    exchange::certificate_fault fault;
    const char* words;
  };
  for (const auto& r : {row{exchange::certificate_fault::expired, "expired"},
                        row{exchange::certificate_fault::not_yet_valid, "not valid yet"},
                        row{exchange::certificate_fault::wrong_host, "another host"},
                        row{exchange::certificate_fault::self_signed, "not trusted"}}) {
    bundled_server s;
    s.options.certificate = r.fault;
    check_failure(s, s.on("login"), 11, r.words);
    // The user has looked at it and pins it.
    CHECK(s.run(s.on("login", {"--fingerprint", s.server().fingerprint()})).exit_code == 0);
    CHECK(s.server().log().totals().failed_logins == 0);
  }
}

TEST_CASE("without its CA a good certificate is not trusted, and a wrong fingerprint does not help") {
  bundled_server s;
  const arguments bare = {"login", "--url", "imaps://anna@localhost:" + std::to_string(s.server().tls_port())};
  check_failure(s, bare, 11, "not trusted");
  CHECK(says(s.run(bare).err, s.server().fingerprint()));
  check_failure(s, bare + arguments{"--fingerprint", std::string(64, '0')}, 11, "not the pinned one");
  CHECK(s.run(bare + arguments{"--fingerprint", s.server().fingerprint()}).exit_code == 0);
  CHECK(s.run(bare + arguments{"--ca-file", "none.pem"}).exit_code == 2);
  CHECK(s.run(bare + arguments{"--ca-file", s.dir().write("empty.pem", "").string()}).exit_code == 2);
}

TEST_CASE("TLS where there is none, and none where it is required") {
  bundled_server s;
  s.server();
  check_failure(s, {"login", "--url", "imaps://anna@localhost:" + std::to_string(s.server().port())}, 11, "TLS");
  bundled_server without;
  without.options.behaves.starttls = false;
  without.server();
  check_failure(without, arguments{"login"} + without.account_starttls(), 11, "does not offer STARTTLS");
}

TEST_CASE("OIMAP-V0031 plaintext login needs TLS, or permission and a server that takes it") {
  bundled_server s;
  s.options.behaves.mechanisms = {"PLAIN"};
  s.options.behaves.take_passwords_without_tls();
  const arguments bare = {"login", "--url", "imap+plain://anna@localhost:" + std::to_string(s.server().port())};
  check_failure(s, bare, 12, "no TLS");
  CHECK(s.run(bare + arguments{"--plaintext", "allowed"}).exit_code == 0);
}

TEST_CASE("LOGINDISABLED with nothing else ends with 12") {
  bundled_server s;
  s.options.behaves.mechanisms = {};
  s.options.behaves.login_disabled_tls = true;
  check_failure(s, s.on("login"), 12, "LOGIN");
}

TEST_CASE("what is no IMAP server, or turns us away") {
  struct row {
    const char* greeting;
    int code;
    const char* words;
  };
  for (const auto& r : {row{"220 mail.example.org ESMTP \x1b[2J", 14, "not an IMAP server"},
                        row{"* BYE too \x1b[31mbusy", 10, "turned the connection away"},
                        row{"HTTP/1.1 400 Bad Request", 14, "not an IMAP server"}}) {
    bundled_server s;
    s.options.hooks.on_connect = [greeting = r.greeting](std::uint64_t) {
      return std::optional<std::string>(greeting);
    };
    check_failure(s, s.on("login"), r.code, r.words);
    CHECK(s.run(arguments{"probe"} + s.account()).exit_code == r.code);
  }
}

TEST_CASE("a server that falls silent is left after --timeout") {
  bundled_server s;
  s.options.hooks.on_command = [](const exchange::command_seen& c) {
    exchange::action a;
    a.stall = c.name == "LIST";
    return a.stall ? std::optional(a) : std::nullopt;
  };
  check_failure(s, s.on("folders", {"--timeout", "0.5"}), 10, "did not answer in time");
  bundled_server mute;
  mute.options.hooks.on_connect = [](std::uint64_t) { return std::optional<std::string>(""); };
  check_failure(mute, arguments{"probe"} + mute.account() + arguments{"--timeout", "0.5"}, 10,
                "did not answer in time");
}

TEST_CASE("nobody listens, and nobody of that name") {
  bundled_server s;
  check_failure(s, {"login", "--url", "imaps://anna@127.0.0.1:" + std::to_string(free_loopback_port())}, 10,
                "refuses connections");
  check_failure(s, {"login", "--url", "imaps://anna@host.invalid"}, 10, "host.invalid");
}

TEST_CASE("OIMAP-V0063 alerts reach the user, escaped, also when quiet") {
  bundled_server s;
  s.options.hooks.on_command = [](const exchange::command_seen& c) {
    exchange::action a;
    a.before = "* OK [ALERT] Quota \x1b[5m almost full\r\n";
    return c.name == "LIST" ? std::optional(a) : std::nullopt;
  };
  const auto got = s.run(s.on("sync", {"-q"}));
  CAPTURE(describe(got));
  CHECK(got.exit_code == 0);
  CHECK(says(got.err, "Quota \\x1b[5m almost full"));
  CHECK(got.out.empty());
  const auto events = s.events(s.on("folders"));
  CHECK(std::any_of(events.begin(), events.end(), [](const auto& e) { return e["event"] == "alert"; }));
}

TEST_CASE("OIMAP-V0044 OIMAP-V0045 folders counts the unread messages of each folder where asked, and only there") {
  bundled_server s;
  const auto plain = s.events(s.on("folders"));
  CHECK(s.server().log().count("STATUS") == 0);
  const auto a_folder = std::find_if(plain.begin(), plain.end(), [](const auto& e) { return e["event"] == "folder"; });
  REQUIRE(a_folder != plain.end());
  CHECK(a_folder->at("unseen").is_null());
  const auto counted = s.events(s.on("folders", {"--unseen"}));
  CHECK(s.server().log().count("STATUS") > 0);
  std::uint64_t folders = 0;
  for (const auto& e : counted) {
    if (e["event"] != "folder" || !e["selectable"]) continue;
    ++folders;
    std::uint64_t unread = 0;
    for (const auto& m : s.server().store().messages(e["name"].get<std::string>()))
      unread += m.flags.has(outmap::system_flag::seen) ? 0U : 1U;
    CHECK(e["unseen"] == unread);
  }
  CHECK(folders == s.server().log().count("STATUS"));
  const auto table = s.run(s.on("folders", {"--unseen"}));
  CHECK(says(table.out, "Unread"));
}
