// outmap's SASL mechanisms against acceptors that are not ours: Samba's ntlm_auth and Dovecot.
#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

#include "auth/sasl_mechanism.hpp"
#include "interop/dovecot_server.hpp"
#include "interop/raw_imap.hpp"

using namespace outmap;
using namespace outmap::interop;

namespace {

std::uint64_t filetime_now() {
  constexpr std::uint64_t ticks_from_1601_to_1970 = 116'444'736'000'000'000;
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  using ticks = std::chrono::duration<std::uint64_t, std::ratio<1, 10'000'000>>;
  return ticks_from_1601_to_1970 + std::chrono::duration_cast<ticks>(since).count();
}

struct attempt {
  bool accepted = false;
  bool complete = false;  ///< the mechanism's own view, when the server had spoken
  std::string status;
  std::string last_response;
};

attempt try_mechanism(raw_imap& client, mechanism which, const auth_policy& policy, const std::string& host,
                      const std::string& user, const std::string& password) {
  auth::credentials who;
  who.user = user;
  who.password = secret(password);
  who.host = host;
  who.filetime = filetime_now();
  who.random = auth::system_random();
  const auto made = auth::make_mechanism(which, policy, who);
  std::string last;
  const auto answer = client.authenticate(made->name(), [&](std::string_view challenge) {
    auto response = made->step(challenge);
    if (!response) throw std::runtime_error("the mechanism gave up: " + response.error().message());
    last = *response;
    return last;
  });
  return {answer.ok(), made->complete(), answer.status, last};
}

attempt try_on(const dovecot_server& server, security how, mechanism which, const std::string& user,
               const std::string& password, const auth_policy& policy = {}) {
  raw_imap client(server, how);
  return try_mechanism(client, which, policy, server.host(), user, password);
}

constexpr std::array sasl = {mechanism::ntlm, mechanism::digest_md5, mechanism::plain};

}  // namespace

TEST_CASE("NTLM, DIGEST-MD5 and PLAIN log in to a real server over STARTTLS and imaps") {
  const dovecot_server server;
  const auto& account = server.options();
  for (const auto how : {security::starttls, security::implicit_tls}) {
    for (const auto which : sasl) {
      CAPTURE(std::string(to_string(which)));
      CAPTURE(static_cast<int>(how));
      const auto right = try_on(server, how, which, account.user, account.password);
      CHECK_MESSAGE(right.accepted, right.status);
      CHECK(right.complete);
    }
  }
}

TEST_CASE("a wrong password is refused by every mechanism") {
  const dovecot_server server;
  const auto& account = server.options();
  for (const auto which : sasl) {
    CAPTURE(std::string(to_string(which)));
    raw_imap client(server, security::implicit_tls);
    CHECK_FALSE(try_mechanism(client, which, {}, server.host(), account.user, account.password + "x").accepted);
    CHECK(try_mechanism(client, which, {}, server.host(), account.user, account.password).accepted);
  }
}

TEST_CASE("the exchange of NTLM goes through ntlm_auth, with the domain and without") {
  dovecot_server server;
  const auto& account = server.options();
  CHECK(try_on(server, security::implicit_tls, mechanism::ntlm, account.domain + "\\" + account.user, account.password)
            .accepted);
  CHECK(server.logs("method=NTLM"));
  CHECK_FALSE(try_on(server, security::implicit_tls, mechanism::ntlm, account.user, "wrong").accepted);
  // Words of Samba that Dovecot passes on: the verdict was ntlm_auth's.
  CHECK(server.logs("NT_STATUS_"));
}

TEST_CASE("a foreign name with the right password does not get in, although ntlm_auth looks at the password alone") {
  dovecot_server server;
  bool accepted = false;
  try {
    accepted = try_on(server, security::implicit_tls, mechanism::ntlm, "bob", server.options().password).accepted;
  } catch (const std::runtime_error&) {
    // Dovecot finds out after the mechanism has succeeded, and may hang up instead of answering.
  }
  CHECK_FALSE(accepted);
  CHECK(server.logs("unknown user"));
}

TEST_CASE("each version of NTLM is what ntlm_auth accepts and what was sent") {
  const dovecot_server server;
  for (const auto version : {ntlm_version::v1, ntlm_version::v1_extended_session, ntlm_version::v2}) {
    CAPTURE(static_cast<int>(version));
    auth_policy policy;
    policy.ntlm = version;
    const auto got = try_on(server, security::implicit_tls, mechanism::ntlm, server.options().user,
                            server.options().password, policy);
    CHECK_MESSAGE(got.accepted, got.status);
    // NtChallengeResponseFields.NtChallengeResponseLen (MS-NLMP 2.2.1.3): 24 for every NTLMv1, longer for NTLMv2.
    REQUIRE(got.last_response.size() > 22);
    const auto low = static_cast<unsigned char>(got.last_response[20]);
    const auto high = static_cast<unsigned char>(got.last_response[21]);
    CHECK((low + 256 * high > 24) == (version == ntlm_version::v2));
  }
}

TEST_CASE("passwords beyond ASCII log in") {
  const std::string cyrillic = "\xD0\xBF\xD0\xB0\xD1\x80\xD0\xBE\xD0\xBB\xD1\x8C";
  dovecot_options options;
  options.password = cyrillic;
  const dovecot_server server(options);
  for (const auto which : sasl) {
    CAPTURE(std::string(to_string(which)));
    const auto got = try_on(server, security::implicit_tls, which, options.user, cyrillic);
    CHECK_MESSAGE(got.accepted, got.status);
  }
}

TEST_CASE("DIGEST-MD5 hashes in ISO 8859-1 what fits into it, which Dovecot must be given to store") {
  dovecot_options options;
  options.mechanisms = {"digest-md5"};
  options.password = "p\xE4ss";
  const dovecot_server server(options);
  const auto got = try_on(server, security::implicit_tls, mechanism::digest_md5, options.user, "p\xC3\xA4ss");
  CHECK_MESSAGE(got.accepted, got.status);
}

TEST_CASE("DIGEST-MD5 works with realms that the server names") {
  dovecot_options options;
  options.realms = {"example.com", "other.example"};
  const dovecot_server server(options);
  const auto plain_name = try_on(server, security::implicit_tls, mechanism::digest_md5, options.user, options.password);
  CHECK_MESSAGE(plain_name.accepted, plain_name.status);
  const auto with_realm =
      try_on(server, security::implicit_tls, mechanism::digest_md5, options.user + "@other.example", options.password);
  CHECK_MESSAGE(with_realm.accepted, with_realm.status);
}
