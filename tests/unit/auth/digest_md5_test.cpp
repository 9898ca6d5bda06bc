#include "auth/digest_md5.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>

#include "auth/digest_challenge.hpp"
#include "octets.hpp"

using outmap::errc;
using outmap::secret;
namespace auth = outmap::auth;

namespace {

// RFC 2831 section 4.
const auth::digest_exchange published{"OA6MG9tEQGm2hh", "OA6MHXh6VqTrRk", "imap/elwood.innosoft.com"};
const std::string published_challenge =
    R"(realm="elwood.innosoft.com",nonce="OA6MG9tEQGm2hh",qop="auth",algorithm=md5-sess,charset=utf-8)";

auth::credentials who(std::string user, std::string_view password) {
  auth::credentials out;
  out.user = std::move(user);
  out.password = secret(password);
  out.host = "elwood.innosoft.com";
  out.random = auth_test::fixed_random("0123456789abcde");
  return out;
}

std::map<std::string, std::string> parts(const std::string& response) {
  std::map<std::string, std::string> out;
  const auto directives = auth::parse_digest_directives(response).value();
  for (const auto& directive : directives) {
    CHECK(out.emplace(directive.name, directive.value).second);
  }
  return out;
}

// What the server would compute; user, realm and password as octets to be hashed.
std::string expected(const std::map<std::string, std::string>& sent, std::string_view user, std::string_view realm,
                     std::string_view password, auth::digest_side side = auth::digest_side::client) {
  const auto key = auth::digest_secret(user, realm, password).value();
  return auth::digest_response(key, {sent.at("nonce"), sent.at("cnonce"), sent.at("digest-uri")}, side).value();
}

}  // namespace

TEST_CASE("OIMAP-E0001 DIGEST-MD5 gives the published values") {
  const auto key = auth::digest_secret("chris", "elwood.innosoft.com", "secret").value();
  CHECK(auth::digest_response(key, published, auth::digest_side::client).value() == "d388dad90d4bbd760a152321f2143af7");
  CHECK(auth::digest_response(key, published, auth::digest_side::server).value() == "ea40f60335c427b5527b84dbabcdfffd");
}

TEST_CASE("OIMAP-E0001 the response holds what the RFC asks for and the server's proof completes it") {
  auth::digest_md5 mechanism(who("chris", "secret"));
  CHECK(mechanism.name() == "DIGEST-MD5");
  const auto response = mechanism.step(published_challenge).value();
  CHECK(
      response.starts_with("charset=utf-8,username=\"chris\",realm=\"elwood.innosoft.com\",nonce=\"OA6MG9tEQGm2hh\","
                           "nc=00000001,cnonce=\""));
  const auto sent = parts(response);
  CHECK(sent.at("digest-uri") == "imap/elwood.innosoft.com");
  CHECK(sent.at("cnonce").size() >= 16);
  CHECK(sent.at("response") == expected(sent, "chris", "elwood.innosoft.com", "secret"));
  CHECK_FALSE(mechanism.complete());
  const auto proof = expected(sent, "chris", "elwood.innosoft.com", "secret", auth::digest_side::server);
  CHECK(mechanism.step("rspauth=" + proof).value().empty());
  CHECK(mechanism.complete());
  CHECK(mechanism.step("rspauth=" + proof).error().code == errc::mechanism_failed);
}

TEST_CASE("OIMAP-V0030 qop=auth is the only answer and no buffer is offered") {
  for (const char* qop : {R"(,qop="auth,auth-int,auth-conf",cipher="rc4,3des",maxbuf=65536)",
                          R"(,qop="auth-int, AUTH ")", ",qop=auth", ""}) {
    CAPTURE(qop);
    auth::digest_md5 mechanism(who("chris", "secret"));
    const auto sent = parts(mechanism.step(std::string(R"(nonce="n",algorithm=md5-sess)") + qop).value());
    CHECK(sent.at("qop") == "auth");
    CHECK(sent.count("maxbuf") == 0);
    CHECK(sent.count("cipher") == 0);
  }
  auth::digest_md5 mechanism(who("chris", "secret"));
  const auto got = mechanism.step(R"(nonce="n",algorithm=md5-sess,qop="auth-int,auth-conf")");
  REQUIRE_FALSE(got);
  CHECK(got.error().code == errc::mechanism_failed);
  CHECK(got.error().detail.find("security layer") != std::string::npos);
}

TEST_CASE("another password changes the digest and nothing else, also where the challenge names the password") {
  const std::string challenge = R"(realm="hunter2",nonce="a\h\unter2b",qop="auth",algorithm=md5-sess,charset=utf-8)";
  const auto first = auth::digest_md5(who("chris", "hunter2")).step(challenge);
  const auto second = auth::digest_md5(who("chris", "another")).step(challenge);
  REQUIRE(first);
  REQUIRE(second);
  auto ours = parts(*first);
  auto theirs = parts(*second);
  CHECK(ours.at("nonce") == "ahunter2b");
  CHECK(ours.extract("response").mapped() != theirs.extract("response").mapped());
  CHECK(ours == theirs);
}

TEST_CASE("a server that cannot prove itself fails the mechanism") {
  const auto after = [](const std::string& final) {
    auth::digest_md5 mechanism(who("chris", "secret"));
    REQUIRE(mechanism.step(published_challenge));
    const auto got = mechanism.step(final);
    CHECK_FALSE(mechanism.complete());
    REQUIRE_FALSE(got);
    return got.error();
  };
  CHECK(after("rspauth=00000000000000000000000000000000").code == errc::mechanism_failed);
  CHECK(after("").detail.find("no rspauth") != std::string::npos);
  CHECK(after("rspauth=ab").detail.find("32 digits") != std::string::npos);
  CHECK(after("rspauth").detail.find("no \"=\"") != std::string::npos);
  CHECK(after("rspauth=" + std::string(32, 'a') + ",rspauth=" + std::string(32, 'a')).detail.find("twice") !=
        std::string::npos);
  CHECK(after("x=" + std::string(3000, 'a')).code == errc::limit_exceeded);
  CHECK(after(published_challenge).detail.find("no rspauth") != std::string::npos);
}

TEST_CASE("every fault of a challenge has its own error") {
  const std::string good = R"(nonce="n",algorithm=md5-sess)";
  struct fault {
    std::string challenge;
    const char* why;
    errc code = errc::malformed_response;
  };
  const fault faults[] = {
      {"", "empty"},
      {" , ,", "empty"},
      {good + ",x=" + std::string(2048, 'a'), "octets", errc::limit_exceeded},
      {"algorithm=md5-sess", "no nonce"},
      {R"(nonce="",algorithm=md5-sess)", "empty nonce"},
      {good + R"(,nonce="m")", "\"nonce\" comes twice"},
      {R"(nonce="n")", "no algorithm"},
      {R"(nonce="n",algorithm=md5)", "not md5-sess", errc::mechanism_failed},
      {good + ",algorithm=md5-sess", "\"algorithm\" comes twice"},
      {good + ",qop=auth,qop=auth", "\"qop\" comes twice"},
      {good + R"(,qop="")", "security layer", errc::mechanism_failed},
      {good + ",qop=authx", "security layer", errc::mechanism_failed},
      {good + ",charset=utf-8,charset=utf-8", "\"charset\" comes twice"},
      {good + ",charset=latin1", "charset is not utf-8"},
      {good + ",stale=true,stale=true", "\"stale\" comes twice"},
      {good + ",maxbuf=1,maxbuf=2", "\"maxbuf\" comes twice"},
      {good + ",maxbuf=many", "maxbuf is no number"},
      {good + R"(,maxbuf="")", "maxbuf is no number"},
      {good + R"(,cipher="rc4",cipher="des")", "\"cipher\" comes twice"},
      {good + ",charset=utf-8,realm=\"\xff\"", "realm is not UTF-8"},
      {good + ",=x", "without a name"},
      {good + ",\"x\"=x", "without a name"},
      {good + ",x", "no \"=\" after \"x\""},
      {good + ",x=", "\"x\" has no value"},
      {good + ",x=,y=z", "\"x\" has no value"},
      {good + ",x=\"abc", "no end"},
      {good + ",x=\"abc\\", "no end"},
      {good + ",x=\"abc\\\"", "no end"},
      {good + ",x=\"a\nb\"", "control character"},
      {good + ",x=\"a\\" + std::string(1, '\0') + "\"", "control character"},
      {good + ",x=\"a\"b", "no comma after \"x\""},
      {good + ",x=a b", "no comma after \"x\""},
      {good + " realm=x", "no comma after \"algorithm\""},
      {good + std::string(1, '\0'), "no comma"},
  };
  for (const auto& f : faults) {
    CAPTURE(f.challenge);
    auth::digest_md5 mechanism(who("chris", "secret"));
    const auto got = mechanism.step(f.challenge);
    REQUIRE_FALSE(got);
    CHECK(got.error().code == f.code);
    CHECK_MESSAGE(got.error().detail.find(f.why) != std::string::npos, got.error().detail);
    CHECK_FALSE(mechanism.complete());
    CHECK_FALSE(mechanism.step(published_challenge));
  }
}

TEST_CASE("OIMAP-2.1.4 white space, case and empty elements of a challenge do not matter") {
  const auto got = auth::parse_digest_challenge(
      " ,, REALM = \"a \\\"b\\\\c\" ,\tNonce=\"n,=\" ,Algorithm=\"MD5-sess\", qop=\"auth\", CHARSET=\"UTF-8\", new=x, "
      "new=y,");
  REQUIRE(got);
  CHECK(got->realms == std::vector<std::string>{"a \"b\\c"});
  CHECK(got->nonce == "n,=");
  CHECK(got->utf8);
}

TEST_CASE("quotes and backslashes go out escaped") {
  auth::digest_md5 mechanism(who("a\"b\\c", "secret"));
  const auto response = mechanism.step(R"(nonce="x\"y",algorithm=md5-sess,realm="r\\s")").value();
  CHECK(response.find(R"(username="a\"b\\c")") != std::string::npos);
  CHECK(response.find(R"(nonce="x\"y")") != std::string::npos);
  CHECK(response.find(R"(realm="r\\s")") != std::string::npos);
  const auto sent = parts(response);
  CHECK(sent.at("response") == expected(sent, "a\"b\\c", "r\\s", "secret"));
}

TEST_CASE("the realm comes from the server's list, else from the user") {
  using realms = std::vector<std::string>;
  const auto check = [](const char* user, const realms& offered, const char* name, const char* realm) {
    CAPTURE(user);
    const auto got = auth::choose_digest_realm(user, offered);
    CHECK(got.user == name);
    CHECK(got.realm == realm);
  };
  check("anna", {}, "anna", "");
  check("anna", {""}, "anna", "");
  check("anna", {"one", "two"}, "anna", "one");
  check("anna", {"", "two"}, "anna", "two");
  check("anna@two", {"one", "TWO"}, "anna", "TWO");
  check("anna@three", {"one", "two"}, "anna@three", "one");
  check("anna@example.com", {""}, "anna", "example.com");
  check("anna@example.com", {}, "anna", "example.com");
  check("a@b@c", {"c"}, "a@b", "c");
  check("@one", {"one"}, "@one", "one");
  check("anna@", {""}, "anna@", "");
}

TEST_CASE("the realm directive is left out when nobody named one") {
  auth::digest_md5 with_none(who("anna", "secret"));
  auto sent = parts(with_none.step(R"(nonce="n",algorithm=md5-sess)").value());
  CHECK(sent.count("realm") == 0);
  CHECK(sent.at("response") == expected(sent, "anna", "", "secret"));
  auth::digest_md5 with_empty(who("anna", "secret"));
  CHECK(parts(with_empty.step(R"(realm="",nonce="n",algorithm=md5-sess)").value()).at("realm").empty());
}

TEST_CASE("with charset=utf-8 names go out as UTF-8 and are hashed as ISO 8859-1 where they fit") {
  const std::string challenge = R"(nonce="n",algorithm=md5-sess,charset=utf-8,realm=")";
  auth::digest_md5 fits(who("j\xc3\xb6rg", "pass\xc3\xa9"));
  auto sent = parts(fits.step(challenge + "\xc3\xbc"
                                          "ber\"")
                        .value());
  CHECK(sent.at("username") == "j\xc3\xb6rg");
  CHECK(sent.at("realm") ==
        "\xc3\xbc"
        "ber");
  CHECK(sent.at("response") == expected(sent, "j\xf6rg",
                                        "\xfc"
                                        "ber",
                                        "pass\xe9"));

  auth::digest_md5 does_not(who("\xd0\xb8\xd0\xb2\xd0\xb0\xd0\xbd", "pass\xe2\x82\xac"));
  sent = parts(does_not.step(challenge + "r\"").value());
  CHECK(sent.at("response") == expected(sent, "\xd0\xb8\xd0\xb2\xd0\xb0\xd0\xbd", "r", "pass\xe2\x82\xac"));
}

TEST_CASE("without charset everything is ISO 8859-1 or an error") {
  const std::string challenge = "nonce=\"n\",algorithm=md5-sess,realm=\"\xfc\"";
  auth::digest_md5 fits(who("j\xc3\xb6rg", "pass\xc3\xa9"));
  const auto sent = parts(fits.step(challenge).value());
  CHECK(sent.count("charset") == 0);
  CHECK(sent.at("username") == "j\xf6rg");
  CHECK(sent.at("response") == expected(sent, "j\xf6rg", "\xfc", "pass\xe9"));

  auth::digest_md5 name_does_not(who("\xd0\xb8", "secret"));
  CHECK(name_does_not.step(challenge).error().code == errc::mechanism_failed);
  auth::digest_md5 password_does_not(who("anna", "hidden\xe2\x82\xac"));
  const auto got = password_does_not.step(challenge);
  CHECK(got.error().code == errc::mechanism_failed);
  CHECK(got.error().message().find("hidden") == std::string::npos);
}

TEST_CASE("credentials that cannot be used are refused before anything is sent") {
  const auto code = [](auth::credentials c) {
    auth::digest_md5 mechanism(std::move(c));
    return mechanism.step(published_challenge).error().code;
  };
  CHECK(code(who("", "secret")) == errc::credentials_missing);
  CHECK(code(who("chris", "")) == errc::credentials_missing);
  CHECK(code(who("chr\nis", "secret")) == errc::invalid_argument);
  CHECK(code(who("chris\xff", "secret")) == errc::invalid_argument);
  CHECK(code(who(std::string(5000, 'a'), "secret")) == errc::mechanism_failed);
  auto no_random = who("chris", "secret");
  no_random.random = nullptr;
  CHECK(code(no_random) == errc::mechanism_failed);
  no_random.random = [](std::span<unsigned char>) { throw std::runtime_error("dry"); };
  CHECK(code(no_random) == errc::mechanism_failed);
}

TEST_CASE("mutated challenges never do harm") {
  std::mt19937 generator(2831);
  const std::string seed =
      R"( realm="a\"b", realm=r2,nonce="abc==",qop="auth,auth-int",charset=utf-8,algorithm=md5-sess,x="\\")";
  int accepted = 0;
  for (int round = 0; round < 5000; ++round) {
    std::string challenge = seed;
    const auto edits = 1 + generator() % 4;
    for (unsigned i = 0; i < edits && !challenge.empty(); ++i) {
      const auto at = generator() % challenge.size();
      switch (generator() % 4) {
        case 0: challenge[at] = static_cast<char>(generator()); break;
        case 1: challenge.erase(at, 1 + generator() % 8); break;
        case 2: challenge.insert(at, 1, "\",=\\ \r\n"[generator() % 7]); break;
        default: challenge.resize(at); break;
      }
    }
    auth::digest_md5 mechanism(who("chris", "secret"));
    const auto got = mechanism.step(challenge);
    if (got) {
      ++accepted;
      CHECK(parts(*got).at("qop") == "auth");
    } else {
      CHECK_FALSE(got.error().detail.empty());
    }
    CHECK_FALSE(mechanism.complete());
  }
  CHECK(accepted > 0);
}
