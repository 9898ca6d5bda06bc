#include "auth/ntlm_client.hpp"

#include <doctest/doctest.h>

#include <random>

#include "auth/base64.hpp"
#include "octets.hpp"
#include "oximap4_example.hpp"

using auth_test::array_from_hex;
using auth_test::fixed_random;
using auth_test::from_hex;
using auth_test::to_hex;
using auth_test::wide;
using outmap::auth_policy;
using outmap::errc;
using outmap::mechanism;
using outmap::ntlm_version;
using outmap::secret;
namespace auth = outmap::auth;
using auth::av_id;
using auth::ntlm_flag;

namespace {

constexpr std::uint64_t now = 0x01d9aabbccddeeff;
const std::string timestamp = from_hex("8070605040302010");

auth::credentials who(std::string user, std::string_view password) {
  auth::credentials out;
  out.user = std::move(user);
  out.password = secret(password);
  out.host = "imap.example.com";
  out.workstation = "NF-CLIENT";
  out.filetime = now;
  out.random = fixed_random(from_hex("a1a2a3a4a5a6a7a8"));
  return out;
}

auth_policy policy(ntlm_version version) {
  auth_policy out;
  out.ntlm = version;
  return out;
}

std::unique_ptr<auth::sasl_mechanism> client(ntlm_version version, auth::credentials c = who("CORP\\Anna", "secret")) {
  return auth::make_mechanism(mechanism::ntlm, policy(version), std::move(c));
}

auth::challenge_message modern_challenge() {
  auth::challenge_message out;
  out.flags = ntlm_flag::unicode | ntlm_flag::request_target | ntlm_flag::ntlm | ntlm_flag::always_sign |
              ntlm_flag::target_type_domain | ntlm_flag::extended_session_security | ntlm_flag::target_info |
              ntlm_flag::version | ntlm_flag::key_128 | ntlm_flag::key_56;
  out.server_challenge = array_from_hex<8>("0123456789abcdef");
  out.target_name = wide("CORP");
  out.target_info = {
      {av_id::nb_domain_name, wide("CORP")}, {av_id::nb_computer_name, wide("MAIL")}, {av_id::timestamp, timestamp}};
  out.product = auth::ntlm_product{10, 0, 14393, 15};
  return out;
}

// One exchange, as the acceptor sees it.
struct exchange {
  std::string negotiate;
  std::string challenge;
  std::string octets;
  auth::authenticate_message authenticate;
};

exchange run(auth::sasl_mechanism& mechanism, const auth::challenge_message& challenge) {
  exchange out;
  out.negotiate = mechanism.step("").value();
  CHECK_FALSE(mechanism.complete());
  out.challenge = auth::build_challenge(challenge).value();
  out.octets = mechanism.step(out.challenge).value();
  CHECK(mechanism.complete());
  out.authenticate = auth::parse_authenticate(out.octets).value();
  return out;
}

struct v2_response {
  std::string proof;
  std::string temp;
  auth::ntlmv2_blob blob;
};

v2_response split_v2(const auth::authenticate_message& message) {
  REQUIRE(message.nt_response.size() > 44);
  v2_response out{message.nt_response.substr(0, 16), message.nt_response.substr(16), {}};
  out.blob = auth::parse_ntlmv2_blob(out.temp).value();
  return out;
}

auth::key16 v2_key(std::string_view password, std::string_view user, std::string_view domain) {
  return auth::ntowf_v2(auth::legacy_crypto::open().value(), password, user, domain).value();
}

std::string av(const v2_response& response, av_id id) {
  const auto* value = auth::find_av(response.blob.pairs, id);
  return value == nullptr ? "absent" : to_hex(*value);
}

outmap::error second_step(ntlm_version version, const std::string& challenge,
                          auth::credentials c = who("CORP\\Anna", "secret")) {
  auto mechanism = client(version, std::move(c));
  REQUIRE(mechanism->step(""));
  const auto got = mechanism->step(challenge);
  CHECK_FALSE(mechanism->complete());
  REQUIRE_FALSE(got);
  return got.error();
}

}  // namespace

TEST_CASE("NTLM-4.1-01 NTLM-4.2-01 NTLM-1.7-01 the exchanges of the document come out octet for octet") {
  for (const auto& example : {oximap4::accepted, oximap4::rejected}) {
    auto credentials = who("user", example.password);
    credentials.random = fixed_random(from_hex(example.client_challenge));
    const auto mechanism = client(ntlm_version::v1_extended_session, credentials);
    CHECK(mechanism->name() == "NTLM");
    CHECK(to_hex(mechanism->step("").value()) == to_hex(oximap4::negotiate()));
    CHECK_FALSE(mechanism->complete());
    CHECK(to_hex(mechanism->step(oximap4::challenge(example)).value()) == to_hex(oximap4::authenticate(example)));
    CHECK(mechanism->complete());
  }
}

TEST_CASE("NTLM-2.2.1-11 the NEGOTIATE line of the document") {
  CHECK(auth::encode_base64(client(ntlm_version::v2)->step("").value()) ==
        "TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAAFASgKAAAADw==");
}

TEST_CASE("NTLM-3.1.1.2-01 NTLM-3.1.1.2-02 NEGOTIATE offers Unicode and no datagrams, signing or key exchange") {
  for (const auto version : {ntlm_version::v2, ntlm_version::v1_extended_session, ntlm_version::v1}) {
    const auto message = auth::parse_negotiate(client(version)->step("").value()).value();
    CHECK((message.flags & ntlm_flag::unicode) != 0);
    CHECK((message.flags & (ntlm_flag::datagram | ntlm_flag::sign | ntlm_flag::seal | ntlm_flag::key_exchange |
                            ntlm_flag::lm_key | ntlm_flag::anonymous)) == 0);
    CHECK(((message.flags & ntlm_flag::extended_session_security) != 0) == (version != ntlm_version::v1));
    CHECK(message.domain.empty());
    CHECK(message.workstation.empty());
  }
}

TEST_CASE("NTLM-1.7-01 an NTLMv2 acceptor can verify the response") {
  const auto mechanism = client(ntlm_version::v2);
  const auto seen = run(*mechanism, modern_challenge());
  CHECK(seen.authenticate.domain == wide("CORP"));
  CHECK(seen.authenticate.user == wide("Anna"));
  CHECK(seen.authenticate.workstation == wide("NF-CLIENT"));
  CHECK(seen.authenticate.session_key.empty());

  const auto response = split_v2(seen.authenticate);
  const auto key = v2_key("secret", "Anna", "CORP");
  const auto proof = auth::nt_proof(key, modern_challenge().server_challenge, response.temp).value();
  CHECK(to_hex(response.proof) == to_hex(auth::view_of(proof)));
  CHECK(to_hex(auth::view_of(response.blob.client_challenge)) == "a1a2a3a4a5a6a7a8");
  CHECK(response.blob.filetime == 0x1020304050607080);
  // The server's pairs stand first and as they were.
  const auto offered = *modern_challenge().target_info;
  REQUIRE(response.blob.pairs.size() >= offered.size());
  CHECK(std::equal(offered.begin(), offered.end(), response.blob.pairs.begin()));
  CHECK(av(response, av_id::target_name) == to_hex(wide("imap/imap.example.com")));
  CHECK(av(response, av_id::channel_bindings) == "absent");
}

TEST_CASE("a server that sends its time gets a MIC over the three messages and no LM response") {
  const auto mechanism = client(ntlm_version::v2);
  const auto seen = run(*mechanism, modern_challenge());
  const auto response = split_v2(seen.authenticate);
  CHECK(av(response, av_id::flags) == "02000000");
  CHECK(to_hex(seen.authenticate.lm_response) == std::string(48, '0'));

  REQUIRE(seen.authenticate.mic);
  auto blank = seen.octets;
  blank.replace(auth::mic_offset, 16, 16, '\0');
  const auto key = v2_key("secret", "Anna", "CORP");
  auth::octets16 proof{};
  std::copy(response.proof.begin(), response.proof.end(), proof.begin());
  const auto session_key = auth::session_base_key_v2(key, proof).value();
  const auto code = auth::message_integrity_code(session_key, seen.negotiate, seen.challenge, blank).value();
  CHECK(to_hex(auth::view_of(*seen.authenticate.mic)) == to_hex(auth::view_of(code)));
}

TEST_CASE("a server without its time gets ours, the LMv2 response and no MIC") {
  auto challenge = modern_challenge();
  challenge.target_info->pop_back();
  const auto mechanism = client(ntlm_version::v2);
  const auto seen = run(*mechanism, challenge);
  const auto response = split_v2(seen.authenticate);
  CHECK(response.blob.filetime == now);
  CHECK(av(response, av_id::flags) == "absent");
  CHECK_FALSE(seen.authenticate.mic);
  const auto key = v2_key("secret", "Anna", "CORP");
  CHECK(to_hex(seen.authenticate.lm_response) ==
        to_hex(auth::view_of(auth::lm_v2(key, challenge.server_challenge, response.blob.client_challenge).value())));
}

TEST_CASE("the flags pair of the server keeps its bits, its target name and bindings do not") {
  auto challenge = modern_challenge();
  challenge.target_info->push_back({av_id::flags, from_hex("01000080")});
  challenge.target_info->push_back({av_id::target_name, wide("imap/evil")});
  challenge.target_info->push_back({av_id::channel_bindings, std::string(16, 'x')});
  auto credentials = who("CORP\\Anna", "secret");
  credentials.channel_binding = std::string(32, 'h');
  const auto mechanism = client(ntlm_version::v2, credentials);
  const auto response = split_v2(run(*mechanism, challenge).authenticate);
  CHECK(av(response, av_id::flags) == "03000080");
  CHECK(av(response, av_id::target_name) == to_hex(wide("imap/imap.example.com")));
  CHECK(av(response, av_id::channel_bindings) ==
        to_hex(auth::view_of(auth::channel_binding_token(std::string(32, 'h')).value())));
  CHECK(response.blob.pairs.size() == 6);
}

TEST_CASE("a user name is taken apart at the backslash only") {
  const auto check = [](const char* user, const char* domain, const char* name) {
    CAPTURE(user);
    const auto mechanism = client(ntlm_version::v2, who(user, "secret"));
    const auto seen = run(*mechanism, modern_challenge());
    CHECK(seen.authenticate.domain == wide(domain));
    CHECK(seen.authenticate.user == wide(name));
    const auto response = split_v2(seen.authenticate);
    const auto proof =
        auth::nt_proof(v2_key("secret", name, domain), modern_challenge().server_challenge, response.temp).value();
    CHECK(to_hex(response.proof) == to_hex(auth::view_of(proof)));
  };
  check("anna", "", "anna");
  check("CORP\\anna", "CORP", "anna");
  check("corp.example.com\\anna", "corp.example.com", "anna");
  check("anna@example.com", "", "anna@example.com");
  check("CORP\\anna@x", "CORP", "anna@x");
  check("CORP\\an\\na", "CORP", "an\\na");
}

TEST_CASE("NTLM-1.7-02 a long name and a password outside ASCII make a correct response") {
  const std::string user(5000, 'u');
  const std::string password = "p\xc3\xa4\xe2\x82\xac" + std::string(300, 'x');
  const auto mechanism = client(ntlm_version::v2, who(user, password));
  const auto seen = run(*mechanism, modern_challenge());
  CHECK(seen.authenticate.user == wide(user));
  const auto response = split_v2(seen.authenticate);
  const auto proof =
      auth::nt_proof(v2_key(password, user, ""), modern_challenge().server_challenge, response.temp).value();
  CHECK(to_hex(response.proof) == to_hex(auth::view_of(proof)));
}

TEST_CASE("NTLM-1.7-01 plain NTLMv1 by policy, without the LM hash") {
  auto challenge = modern_challenge();
  challenge.flags &= ~(ntlm_flag::extended_session_security | ntlm_flag::target_info);
  challenge.target_info.reset();
  const auto mechanism = client(ntlm_version::v1);
  const auto seen = run(*mechanism, challenge);
  const auto crypto = auth::legacy_crypto::open().value();
  const auto expected =
      auth::desl(crypto, auth::ntowf_v1(crypto, "secret").value(), challenge.server_challenge).value();
  CHECK(to_hex(seen.authenticate.nt_response) == to_hex(auth::view_of(expected)));
  CHECK(seen.authenticate.lm_response == seen.authenticate.nt_response);
}

TEST_CASE("NTLM-1.7-02 an acceptor cannot turn plain NTLMv1 into another version") {
  const auto mechanism = client(ntlm_version::v1);
  const auto seen = run(*mechanism, modern_challenge());
  CHECK((seen.authenticate.flags & ntlm_flag::extended_session_security) == 0);
  CHECK(seen.authenticate.nt_response.size() == 24);
}

TEST_CASE("NTLM-1.7-02 the policy's version is never lowered") {
  auto challenge = modern_challenge();
  challenge.flags &= ~ntlm_flag::extended_session_security;
  auto octets = auth::build_challenge(challenge).value();
  auto error = second_step(ntlm_version::v1_extended_session, octets);
  CHECK(error.code == errc::mechanism_failed);
  CHECK(error.detail.find("extended session security") != std::string::npos);

  // NTLMv2 does without it, but not without the target information.
  const auto mechanism = client(ntlm_version::v2);
  CHECK(run(*mechanism, challenge).authenticate.nt_response.size() > 24);
  challenge.flags &= ~ntlm_flag::target_info;
  challenge.target_info.reset();
  octets = auth::build_challenge(challenge).value();
  error = second_step(ntlm_version::v2, octets);
  CHECK(error.code == errc::mechanism_failed);
  CHECK(error.detail.find("target information") != std::string::npos);
}

TEST_CASE("the flags of AUTHENTICATE are what both sides want") {
  auto challenge = modern_challenge();
  challenge.flags |= ntlm_flag::oem | ntlm_flag::sign | ntlm_flag::seal | ntlm_flag::key_exchange |
                     ntlm_flag::datagram | ntlm_flag::anonymous;
  challenge.flags &= ~ntlm_flag::version;
  challenge.product.reset();
  const auto mechanism = client(ntlm_version::v2);
  const auto message = run(*mechanism, challenge).authenticate;
  CHECK(message.flags ==
        (ntlm_flag::unicode | ntlm_flag::request_target | ntlm_flag::ntlm | ntlm_flag::always_sign |
         ntlm_flag::extended_session_security | ntlm_flag::target_info | ntlm_flag::key_128 | ntlm_flag::key_56));
  CHECK_FALSE(message.product);
}

TEST_CASE("an acceptor without Unicode gets ASCII names or nothing") {
  auto challenge = modern_challenge();
  challenge.flags = (challenge.flags & ~ntlm_flag::unicode) | ntlm_flag::oem;
  challenge.target_name = "CORP";
  const auto mechanism = client(ntlm_version::v2);
  const auto message = run(*mechanism, challenge).authenticate;
  CHECK(message.domain == "CORP");
  CHECK(message.user == "Anna");
  CHECK((message.flags & ntlm_flag::oem) != 0);
  const auto error = second_step(ntlm_version::v2, auth::build_challenge(challenge).value(), who("J\xc3\xb6rg", "x"));
  CHECK(error.code == errc::mechanism_failed);
  CHECK(error.detail.find("no Unicode") != std::string::npos);
}

TEST_CASE("NTLM-3.1.1.2-06 NTLM-3.1.5.3.1-01 a malformed CHALLENGE ends the attempt") {
  CHECK(second_step(ntlm_version::v2, "").detail.find("empty") != std::string::npos);
  CHECK(second_step(ntlm_version::v2, "OK x").code == errc::malformed_response);
  auto mechanism = client(ntlm_version::v2);
  REQUIRE(mechanism->step(""));
  CHECK_FALSE(mechanism->step("garbage"));
  CHECK(mechanism->step(auth::build_challenge(modern_challenge()).value()).error().code == errc::mechanism_failed);
  CHECK_FALSE(mechanism->complete());
}

TEST_CASE("a CHALLENGE past the limit is refused unread") {
  auto mechanism = auth::make_mechanism(mechanism::ntlm, policy(ntlm_version::v2), who("anna", "secret"), 100);
  REQUIRE(mechanism->step(""));
  CHECK(mechanism->step(std::string(101, 'x')).error().code == errc::limit_exceeded);
  CHECK(second_step(ntlm_version::v2, std::string(outmap::limits{}.challenge + 1, 'x')).code == errc::limit_exceeded);
}

TEST_CASE("target information far past libntlm's buffers comes back whole") {
  auto challenge = modern_challenge();
  for (unsigned i = 0; i < 30; ++i)
    challenge.target_info->push_back({static_cast<av_id>(100 + i), std::string(1000, 'x')});
  const auto mechanism = client(ntlm_version::v2);
  CHECK(split_v2(run(*mechanism, challenge).authenticate).blob.pairs.size() == 35);

  // The response adds to it, and then it no longer fits.
  challenge.target_info = {{static_cast<av_id>(100), std::string(0xffff - 88, 'x')}};
  const auto error = second_step(ntlm_version::v2, auth::build_challenge(challenge).value());
  CHECK(error.code == errc::invalid_argument);
}

TEST_CASE("NTLM-1.3-03 a further challenge after AUTHENTICATE is an error") {
  const auto mechanism = client(ntlm_version::v2);
  run(*mechanism, modern_challenge());
  CHECK(mechanism->step("").error().code == errc::mechanism_failed);
}

TEST_CASE("what cannot be sent is refused, and the password is not in the text") {
  const auto octets = auth::build_challenge(modern_challenge()).value();
  CHECK(client(ntlm_version::v2, who("", "x"))->step("").error().code == errc::credentials_missing);
  CHECK(client(ntlm_version::v2, who("CORP\\", "x"))->step("").error().code == errc::credentials_missing);
  const auto error = second_step(ntlm_version::v2, octets, who("anna", "hidden\xff"));
  CHECK(error.code == errc::invalid_argument);
  CHECK(error.message().find("hidden") == std::string::npos);
  CHECK(second_step(ntlm_version::v2, octets, who("an\xffna", "x")).code == errc::invalid_argument);
  auto no_random = who("anna", "x");
  no_random.random = nullptr;
  CHECK(second_step(ntlm_version::v2, octets, no_random).code == errc::mechanism_failed);
  CHECK(second_step(ntlm_version::v1_extended_session, octets, no_random).code == errc::mechanism_failed);
}

TEST_CASE("NTLM-2.2.1-07 mutated challenges never do harm") {
  std::mt19937 generator(20090715);
  const auto seed = auth::build_challenge(modern_challenge()).value();
  const ntlm_version versions[] = {ntlm_version::v2, ntlm_version::v1_extended_session, ntlm_version::v1};
  int accepted = 0;
  for (int round = 0; round < 3000; ++round) {
    auto challenge = seed;
    for (auto edits = 1 + generator() % 3; edits > 0 && !challenge.empty(); --edits) {
      const auto at = generator() % challenge.size();
      switch (generator() % 4) {
        case 0: challenge[at] = static_cast<char>(generator()); break;
        case 1: challenge[at] = static_cast<char>(challenge[at] ^ (1 << (generator() % 8))); break;
        case 2: challenge.erase(at, 1 + generator() % 4); break;
        default: challenge.insert(at, 1 + generator() % 4, static_cast<char>(generator())); break;
      }
    }
    const auto mechanism = client(versions[round % 3]);
    REQUIRE(mechanism->step(""));
    const auto got = mechanism->step(challenge);
    CHECK(mechanism->complete() == got.has_value());
    if (!got) {
      CHECK_FALSE(got.error().detail.empty());
      continue;
    }
    ++accepted;
    const auto message = auth::parse_authenticate(*got).value();
    CHECK((message.nt_response.size() > 24) == (versions[round % 3] == ntlm_version::v2));
  }
  CHECK(accepted > 100);
}

TEST_CASE("OIMAP-E0001 every SASL mechanism can be made, LOGIN is none") {
  CHECK(auth::make_mechanism(mechanism::ntlm, auth_policy{}, who("a", "b"))->name() == "NTLM");
  CHECK(auth::make_mechanism(mechanism::digest_md5, auth_policy{}, who("a", "b"))->name() == "DIGEST-MD5");
  CHECK(auth::make_mechanism(mechanism::plain, auth_policy{}, who("a", "b"))->name() == "PLAIN");
  CHECK(auth::make_mechanism(mechanism::login, auth_policy{}, who("a", "b")) == nullptr);
}

TEST_CASE("the system's random octets differ from call to call") {
  const auto random = auth::system_random();
  auth::octets16 first{};
  auth::octets16 second{};
  random(first);
  random(second);
  CHECK(first != second);
}
