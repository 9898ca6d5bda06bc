#include "auth/ntlm_crypto.hpp"

#include <doctest/doctest.h>
#include <ntlm.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

#include <random>

#include "auth/ntlm_message.hpp"
#include "octets.hpp"

using auth_test::array_from_hex;
using auth_test::from_hex;
using auth_test::to_hex;
using auth_test::wide;
using outmap::errc;
namespace auth = outmap::auth;

namespace {

const auth::octets8 server_challenge = array_from_hex<8>("0123456789abcdef");
const auth::octets8 client_challenge = array_from_hex<8>("aaaaaaaaaaaaaaaa");

auth::legacy_crypto legacy() { return auth::legacy_crypto::open().value(); }

template <std::size_t N>
std::string hex(const std::array<unsigned char, N>& octets) {
  return to_hex(auth::view_of(octets));
}
std::string hex(const auth::key16& key) { return to_hex(key.view()); }

}  // namespace

TEST_CASE("NTLM-1.7-01 NTLMv1 gives the published values") {
  const auto crypto = legacy();
  const auto key = auth::ntowf_v1(crypto, "Password").value();
  CHECK(hex(key) == "a4f49c406510bdcab6824ee7c30fd852");
  CHECK(hex(auth::desl(crypto, key, server_challenge).value()) == "67c43011f30298a2ad35ece64f16331c44bdbed927841f94");
}

TEST_CASE("NTLM-1.7-01 extended session security gives the published values") {
  const auto crypto = legacy();
  const auto hash = auth::ess_session_hash(server_challenge, client_challenge).value();
  const auto key = auth::ntowf_v1(crypto, "Password").value();
  CHECK(hex(auth::desl(crypto, key, hash).value()) == "7537f803ae367128ca458204bde7caf81e97ed2683267232");
}

TEST_CASE("NTLM-1.7-01 NTLMv2 gives the published values") {
  const auto crypto = legacy();
  const auto key = auth::ntowf_v2(crypto, "Password", "User", "Domain").value();
  CHECK(hex(key) == "0c868a403bfd7a93a3001ef22ef02e3f");
  CHECK(hex(auth::lm_v2(key, server_challenge, client_challenge).value()) ==
        "86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa");

  const auth::ntlmv2_blob blob{
      0,
      client_challenge,
      {{auth::av_id::nb_domain_name, wide("Domain")}, {auth::av_id::nb_computer_name, wide("Server")}}};
  const auto proof = auth::nt_proof(key, server_challenge, auth::build_ntlmv2_blob(blob).value()).value();
  CHECK(hex(proof) == "68cd0ab851e51c96aabc927bebef6a1c");
  CHECK(hex(auth::session_base_key_v2(key, proof).value()) == "8de40ccadbc14a82f15cb0ad0de95ca3");
}

TEST_CASE("the user is upper-cased for NTLMv2 and the domain is not") {
  const auto crypto = legacy();
  const auto of = [&](const char* user, const char* domain) {
    return hex(auth::ntowf_v2(crypto, "Password", user, domain).value());
  };
  CHECK(of("uSER", "Domain") == of("User", "Domain"));
  CHECK(of("User", "DOMAIN") != of("User", "Domain"));
  CHECK(of("j\xc3\xb6rg", "") == of("J\xc3\x96RG", ""));
}

TEST_CASE("HMAC-MD5 gives the values of RFC 2202 and does not see the parts") {
  auth::key16 key;
  std::fill_n(key.data(), key.size(), static_cast<unsigned char>(0x0b));
  CHECK(hex(auth::hmac_md5(key, {"Hi There"}).value()) == "9294727a3638bb1c13f48ef8158bfc9d");
  CHECK(hex(auth::hmac_md5(key, {"Hi", "", " There"}).value()) == "9294727a3638bb1c13f48ef8158bfc9d");
  CHECK(hex(auth::md5("").value()) == "d41d8cd98f00b204e9800998ecf8427e");
}

TEST_CASE("NTLM-1.7-01 the responses to ASCII passwords are those of libntlm") {
  const auto crypto = legacy();
  std::mt19937 generator(17);
  for (int round = 0; round < 200; ++round) {
    std::string password(generator() % 100, '\0');
    for (auto& c : password) c = static_cast<char>(' ' + generator() % 95);
    auth::octets8 challenge{};
    for (auto& octet : challenge) octet = static_cast<unsigned char>(generator());
    auth::octets24 expected{};
    ntlm_smb_nt_encrypt(password.c_str(), challenge.data(), expected.data());
    const auto key = auth::ntowf_v1(crypto, password).value();
    CHECK(hex(auth::desl(crypto, key, challenge).value()) == hex(expected));
  }
}

TEST_CASE("a password outside ASCII is hashed as UTF-16LE") {
  const auto crypto = legacy();
  // MD4 over the octets written out by hand.
  CHECK(hex(auth::ntowf_v1(crypto, "p\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x91").value()) ==
        hex(crypto.md4(from_hex("7000e400ac203dd811dd")).value()));
  const auto bad = auth::ntowf_v1(crypto, "secret\xff");
  REQUIRE_FALSE(bad);
  CHECK(bad.error().code == errc::invalid_argument);
  CHECK(bad.error().message().find("secret") == std::string::npos);
}

TEST_CASE("MD4 gives the values of RFC 1320") {
  const auto crypto = legacy();
  CHECK(hex(crypto.md4("").value()) == "31d6cfe0d16ae931b73c59d7e0c089c0");
  CHECK(hex(crypto.md4("message digest").value()) == "d9130a8164549fe818874806e1c7014b");
}

TEST_CASE("NTLM-1.5-01 a missing provider is an error that names it") {
  const auto got = auth::legacy_crypto::open("no-such-provider");
  REQUIRE_FALSE(got);
  CHECK(got.error().code == errc::mechanism_failed);
  CHECK(got.error().detail.find("no-such-provider") != std::string::npos);
}

TEST_CASE("the legacy provider does not reach the default library context") {
  const auto crypto = legacy();
  CHECK(OSSL_PROVIDER_available(nullptr, "legacy") == 0);
  EVP_MD* md4 = EVP_MD_fetch(nullptr, "MD4", nullptr);
  CHECK(md4 == nullptr);
  EVP_MD_free(md4);
}

TEST_CASE("the channel binding token is the MD5 of the bindings written out") {
  const std::string hash = from_hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
  // 16 zero octets, the length 53, and the data.
  const auto bindings = std::string(16, '\0') + from_hex("35000000") + "tls-server-end-point:" + hash;
  CHECK(hex(auth::channel_binding_token(hash).value()) == hex(auth::md5(bindings).value()));
}
