#include "auth/ladder.hpp"

#include <doctest/doctest.h>

using outmap::auth_policy;
using outmap::errc;
using outmap::mechanism;
using outmap::plaintext_policy;
using outmap::auth::ladder;
using outmap::auth::offer;
using outmap::auth::verdict;

namespace {

using mechanisms = std::vector<mechanism>;

offer with(std::vector<std::string> capabilities, bool tls = true) {
  capabilities.insert(capabilities.begin(), "IMAP4REV1");
  return {std::move(capabilities), tls};
}

// What is tried when everything is refused.
mechanisms tried(ladder& l, const offer& now) {
  mechanisms out;
  while (const auto m = l.next(now)) {
    out.push_back(*m);
    l.record(*m, verdict::refused, "NO", "");
  }
  return out;
}
mechanisms tried(const auth_policy& policy, const offer& now) {
  ladder l(policy);
  return tried(l, now);
}

verdict outcome(const ladder& l, mechanism m) {
  for (const auto& step : l.steps()) {
    if (step.which == m) return step.outcome;
  }
  FAIL("the mechanism was not looked at");
  return verdict::succeeded;
}

auth_policy permissive() {
  auth_policy policy;
  policy.plaintext = plaintext_policy::allowed;
  return policy;
}

const std::vector<std::string> all_offered = {"AUTH=PLAIN", "AUTH=DIGEST-MD5", "AUTH=NTLM", "AUTH=GSSAPI"};
const mechanisms whole_ladder = {mechanism::ntlm, mechanism::digest_md5, mechanism::plain, mechanism::login};

}  // namespace

TEST_CASE("OIMAP-V0034 the ladder goes from the strongest to LOGIN, each once") {
  ladder l{auth_policy{}};
  CHECK(tried(l, with(all_offered)) == whole_ladder);
  CHECK_FALSE(l.next(with(all_offered)));
  REQUIRE(l.steps().size() == 4);
  CHECK(l.failure().code == errc::authentication_failed);
}

TEST_CASE("OIMAP-V0034 the order of the policy does not matter, its content does") {
  auth_policy policy;
  policy.allowed = {mechanism::plain, mechanism::ntlm};
  ladder l(policy);
  CHECK(tried(l, with(all_offered)) == mechanisms{mechanism::ntlm, mechanism::plain});
  CHECK(outcome(l, mechanism::digest_md5) == verdict::not_allowed);
  CHECK(outcome(l, mechanism::login) == verdict::not_allowed);
}

TEST_CASE("OIMAP-V0034 a policy without LOGIN stops with an error") {
  auth_policy policy;
  policy.allowed = {mechanism::ntlm};
  ladder l(policy);
  CHECK(tried(l, with({})).empty());
  CHECK(l.failure().code == errc::no_usable_mechanism);
}

TEST_CASE("OIMAP-V0034 a success ends the ladder") {
  ladder l{auth_policy{}};
  CHECK(l.next(with(all_offered)) == mechanism::ntlm);
  CHECK(l.next(with(all_offered)) == mechanism::ntlm);
  l.record(mechanism::ntlm, verdict::succeeded, "", "");
  CHECK_FALSE(l.next(with(all_offered)));
}

TEST_CASE("OIMAP-E0001 OIMAP-V0032 only what is listed is tried, and LOGIN") {
  CHECK(tried(auth_policy{}, with({"AUTH=NTLM"})) == mechanisms{mechanism::ntlm, mechanism::login});
  CHECK(tried(auth_policy{}, with({"AUTH=DIGEST-MD5"})) == mechanisms{mechanism::digest_md5, mechanism::login});
  CHECK(tried(auth_policy{}, with({"AUTH=PLAIN"})) == mechanisms{mechanism::plain, mechanism::login});
}

TEST_CASE("OIMAP-V0032 nothing listed means LOGIN") {
  CHECK(tried(auth_policy{}, with({})) == mechanisms{mechanism::login});
  CHECK(tried(auth_policy{}, offer{{}, true}) == mechanisms{mechanism::login});
}

TEST_CASE("OIMAP-V0027 NTLM-1.7-03 names are compared whole and without case") {
  CHECK(tried(auth_policy{}, with({"auth=ntlm", "Auth=Digest-MD5"})) ==
        mechanisms{mechanism::ntlm, mechanism::digest_md5, mechanism::login});
  CHECK(tried(auth_policy{}, with({"AUTH=NTLMX", "NTLM", "AUTH=NTL", "AUTH=", "AUTH= NTLM"})) ==
        mechanisms{mechanism::login});
}

TEST_CASE("OIMAP-V0027 every subset gives its known part") {
  for (unsigned bits = 0; bits < 32; ++bits) {
    std::vector<std::string> listed;
    mechanisms expected;
    const auto offer_if = [&](unsigned bit, const char* name) {
      if ((bits & bit) != 0) listed.emplace_back(name);
      return (bits & bit) != 0;
    };
    if (offer_if(1, "AUTH=NTLM")) expected.push_back(mechanism::ntlm);
    if (offer_if(2, "AUTH=DIGEST-MD5")) expected.push_back(mechanism::digest_md5);
    if (offer_if(4, "AUTH=PLAIN")) expected.push_back(mechanism::plain);
    offer_if(8, "AUTH=GSSAPI");
    offer_if(16, "AUTH=X");
    expected.push_back(mechanism::login);
    CHECK(tried(auth_policy{}, with(listed)) == expected);
  }
}

TEST_CASE("OIMAP-V0029 ANONYMOUS is never used") {
  CHECK(tried(auth_policy{}, with({"AUTH=ANONYMOUS"})) == mechanisms{mechanism::login});
  auth_policy policy;
  policy.allowed = {mechanism::ntlm, mechanism::digest_md5, mechanism::plain};
  CHECK(tried(policy, with({"AUTH=ANONYMOUS"})).empty());
}

TEST_CASE("OIMAP-V0031 without TLS the strict policy sends no password") {
  ladder l{auth_policy{}};
  CHECK(tried(l, with({"AUTH=PLAIN"}, false)).empty());
  CHECK(outcome(l, mechanism::plain) == verdict::needs_tls);
  CHECK(outcome(l, mechanism::login) == verdict::needs_tls);
  CHECK(l.failure().code == errc::plaintext_forbidden);
}

TEST_CASE("OIMAP-V0031 the permissive policy sends it") {
  CHECK(tried(permissive(), with({"AUTH=PLAIN"}, false)) == mechanisms{mechanism::plain, mechanism::login});
  CHECK(tried(permissive(), with({}, false)) == mechanisms{mechanism::login});
}

TEST_CASE("OIMAP-E0002 without TLS the mechanisms that hide the password come first") {
  CHECK(tried(permissive(), with(all_offered, false)) == whole_ladder);
  CHECK(tried(auth_policy{}, with(all_offered, false)) == mechanisms{mechanism::ntlm, mechanism::digest_md5});
}

TEST_CASE("XIMAP-2.1.4 LOGIN is not sent under LOGINDISABLED, whatever the policy") {
  for (const bool tls : {false, true}) {
    ladder l(permissive());
    CHECK(tried(l, with({"LOGINDISABLED"}, tls)).empty());
    CHECK(outcome(l, mechanism::login) == verdict::login_disabled);
    CHECK(l.failure().code == errc::login_disabled);
    CHECK(tried(permissive(), with({"LOGINDISABLED", "AUTH=PLAIN"}, tls)) == mechanisms{mechanism::plain});
  }
}

TEST_CASE("XIMAP-2.1.4 TLS is the advice when it would open a way") {
  ladder l{auth_policy{}};
  CHECK(tried(l, with({"LOGINDISABLED", "AUTH=PLAIN"}, false)).empty());
  CHECK(l.failure().code == errc::plaintext_forbidden);
}

TEST_CASE("XIMAP-E0003 Exchange 2007 and later versions") {
  CHECK(tried(auth_policy{}, with({"AUTH=NTLM", "AUTH=GSSAPI", "AUTH=PLAIN"})) ==
        mechanisms{mechanism::ntlm, mechanism::plain, mechanism::login});
  CHECK(tried(auth_policy{}, with({"AUTH=GSSAPI", "AUTH=PLAIN"})) == mechanisms{mechanism::plain, mechanism::login});
}

TEST_CASE("NTLM-1.5-01 NTLM is skipped when the policy leaves it out") {
  auth_policy policy;
  policy.allowed = {mechanism::digest_md5, mechanism::plain, mechanism::login};
  CHECK(tried(policy, with(all_offered)) == mechanisms{mechanism::digest_md5, mechanism::plain, mechanism::login});
}

TEST_CASE("XIMAP-V0061 three failures ask for a fresh connection") {
  ladder l{auth_policy{}};
  const auto now = with(all_offered);
  for (int failures = 0; failures < 3; ++failures) {
    CHECK_FALSE(l.wants_fresh_connection());
    l.record(l.next(now).value(), verdict::refused, "NO", "");
  }
  CHECK(l.wants_fresh_connection());
  l.connection_opened();
  CHECK_FALSE(l.wants_fresh_connection());
  CHECK(l.next(now) == mechanism::login);
  l.record(mechanism::login, verdict::refused, "NO the last", "");
  CHECK_FALSE(l.next(now));
  CHECK(l.failure().server_text == "NO the last");
}

TEST_CASE("XIMAP-V0061 a close after an attempt is a failed log-on") {
  ladder l{auth_policy{}};
  const auto now = with({"AUTH=NTLM"});
  l.record(l.next(now).value(), verdict::connection_lost, "", "");
  l.connection_opened();
  CHECK(l.next(now) == mechanism::login);
  l.record(mechanism::login, verdict::connection_lost, "", "");
  CHECK_FALSE(l.next(now));
  CHECK(l.failure().code == errc::authentication_failed);
}

TEST_CASE("OIMAP-V0065 each connection's own list counts") {
  ladder l{auth_policy{}};
  CHECK_FALSE(l.next(with({"LOGINDISABLED"}, false)));
  REQUIRE(l.steps().size() == 4);
  CHECK_FALSE(l.next(with({"LOGINDISABLED"}, false)));
  CHECK(l.steps().size() == 4);
  l.connection_opened();
  CHECK(tried(l, with({"AUTH=PLAIN"})) == mechanisms{mechanism::plain, mechanism::login});
  CHECK(l.steps().size() == 4);
}

TEST_CASE("the failure tells every step and keeps the server's text apart") {
  ladder l{auth_policy{}};
  const auto now = with({"AUTH=NTLM", "LOGINDISABLED"});
  l.record(l.next(now).value(), verdict::refused, "NO \x1b[31mgo away", "NTLM CHALLENGE: empty");
  CHECK_FALSE(l.next(now));
  const auto error = l.failure();
  CHECK(error.code == errc::authentication_failed);
  CHECK(error.server_text == "NO \x1b[31mgo away");
  CHECK(error.detail.find("ntlm: refused (NTLM CHALLENGE: empty)") != std::string::npos);
  CHECK(error.detail.find("digest-md5: not offered") != std::string::npos);
  CHECK(error.detail.find("login: disabled") != std::string::npos);
  CHECK(error.detail.find('\x1b') == std::string::npos);
  CHECK(error.message().find('\x1b') == std::string::npos);
}

TEST_CASE("a preview names every rung and what is in its way") {
  const auto steps = outmap::auth::preview(auth_policy{}, with({"AUTH=NTLM", "AUTH=PLAIN"}, false));
  REQUIRE(steps.size() == 4);
  CHECK(steps[0].which == mechanism::ntlm);
  CHECK(steps[0].outcome == verdict::refused);
  CHECK(steps[1].outcome == verdict::not_offered);
  CHECK(steps[2].outcome == verdict::needs_tls);
  CHECK(steps[3].outcome == verdict::needs_tls);
}
