#include "outmap/config.hpp"

#include <doctest/doctest.h>

#include <functional>

using namespace outmap;

TEST_CASE("OIMAP-2.1.1 default ports are 993 with TLS from the start and 143 otherwise, and can be replaced") {
  CHECK(account_from_url("imaps://anna@mail.example.com")->effective_port() == 993);
  CHECK(account_from_url("imap://anna@mail.example.com")->effective_port() == 143);
  CHECK(account_from_url("imap+plain://anna@mail.example.com")->effective_port() == 143);
  const auto moved = account_from_url("imaps://anna@mail.example.com:10993");
  REQUIRE(moved);
  CHECK(moved->effective_port() == 10993);
  CHECK(moved->tls == tls_mode::implicit);
}

TEST_CASE("an account URL gives user, host and name") {
  const auto c = account_from_url("imap://CORP%5Canna@[::1]:1143/");
  REQUIRE(c);
  CHECK(c->user == "CORP\\anna");
  CHECK(c->host == "::1");
  CHECK(c->port == 1143);
  CHECK(c->tls == tls_mode::starttls);
  CHECK(c->name == "CORP\\anna@::1");
  CHECK(account_from_url("imaps://anna%40example.com@mail.example.com")->user == "anna@example.com");
}

TEST_CASE("a bad account URL is refused and the detail names the part") {
  for (const auto* url : {"", "http://x", "imaps://", "imaps://a@", "imaps://a@h:0", "imaps://a@h:65536",
                          "imaps://a@h:x", "imaps://a@h:", "imaps://a%4@h", "imaps://a%zz@h", "imaps://a@[::1",
                          "imaps://a@[::1]x", "imaps://a@h/INBOX", "imaps://a%0d%0a@h", "imaps://a@h h"}) {
    CAPTURE(url);
    const auto c = account_from_url(url);
    REQUIRE_FALSE(c);
    CHECK(c.error().code == errc::config_invalid);
    CHECK_FALSE(c.error().detail.empty());
  }
}

TEST_CASE("a password in the URL is refused and not repeated in the error") {
  const auto c = account_from_url("imaps://anna:hunter2@mail.example.com");
  REQUIRE_FALSE(c);
  CHECK(c.error().message().find("hunter2") == std::string::npos);
}

TEST_CASE("a fingerprint is 64 hexadecimal digits with or without colons") {
  const std::string digits(64, 'A');
  CHECK(*normal_fingerprint(digits) == std::string(64, 'a'));
  CHECK(*normal_fingerprint("AA:" + std::string(62, 'a')) == std::string(64, 'a'));
  CHECK_FALSE(normal_fingerprint("AA"));
  CHECK_FALSE(normal_fingerprint(std::string(64, 'g')));
}

TEST_CASE("mechanism names round-trip") {
  for (const auto m : {mechanism::ntlm, mechanism::digest_md5, mechanism::plain, mechanism::login}) {
    CHECK(mechanism_from(to_string(m)) == m);
  }
  CHECK_FALSE(mechanism_from("NTLM2"));
}

TEST_CASE("validate names the field") {
  account_config c;
  CHECK(validate(c).error().detail.find("host") == 0);
  c.host = "mail.example.com";
  CHECK(validate(c));
  c.timeout = std::chrono::milliseconds(1);
  CHECK(validate(c).error().detail.find("timeout") == 0);
  c.timeout = std::chrono::seconds(5);
  c.auth.allowed.clear();
  CHECK(validate(c).error().detail.find("auth") == 0);
}

TEST_CASE("CR, LF and NUL are refused in every string of an account") {
  const auto good = account_from_url("imaps://anna@mail.example.com").value();
  REQUIRE(validate(good));
  for (const std::string& hostile : {std::string("a\rb"), std::string("a\nb"), std::string("a\r\nX LOGOUT\r\n"),
                                     std::string("a\0b", 3), std::string("\0", 1), std::string("ab\0", 3)}) {
    const std::function<void(account_config&)> ways[] = {
        [&](account_config& c) { c.host = hostile; },        [&](account_config& c) { c.user = hostile; },
        [&](account_config& c) { c.principal = hostile; },   [&](account_config& c) { c.root_folder = hostile; },
        [&](account_config& c) { c.fingerprint = hostile; },
    };
    for (const auto& spoil : ways) {
      auto spoiled = good;
      spoil(spoiled);
      const auto got = validate(spoiled);
      REQUIRE_FALSE(got);
      CHECK(got.error().code == errc::config_invalid);
    }
    CHECK_FALSE(account_from_url("imaps://anna@" + hostile));
    CHECK_FALSE(account_from_url("imaps://" + hostile + "@mail.example.com"));
  }
  for (const char* coded : {"%0d", "%0A", "%00", "x%0d%0aLOGOUT"})
    CHECK_FALSE(account_from_url("imaps://" + std::string(coded) + "@mail.example.com"));
  const std::string cut("ca.pem\0.example", 15);
  auto spoiled = good;
  spoiled.ca_file = cut;
  CHECK_FALSE(validate(spoiled));
  spoiled = good;
  spoiled.cache = cut;
  CHECK_FALSE(validate(spoiled));
}
