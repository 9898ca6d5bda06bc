// libntlm at arm's length: what reaches it, and what the messages of a server may point to.
#include <doctest/doctest.h>
#include <ntlm.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "auth/base64.hpp"
#include "auth/ladder.hpp"
#include "auth/little_endian.hpp"
#include "auth/ntlm_client.hpp"
#include "auth/ntlm_message.hpp"
#include "support/tried.hpp"

using namespace outmap;
using namespace outmap::test;

namespace {

// What libntlm was handed; the linker sends every call of the library's through here.
struct handed {
  std::size_t requests = 0;
  std::size_t longest = 0;
  std::size_t others = 0;
};
handed seen;

void see(const char* text) {
  if (text != nullptr) seen.longest = std::max(seen.longest, std::strlen(text));
}

}  // namespace

// NOLINTBEGIN(bugprone-reserved-identifier): the linker's names
extern "C" {
void __real_buildSmbNtlmAuthRequest_noatsplit(tSmbNtlmAuthRequest*, const char*, const char*);
void __wrap_buildSmbNtlmAuthRequest_noatsplit(tSmbNtlmAuthRequest* request, const char* user, const char* domain) {
  ++seen.requests;
  see(user);
  see(domain);
  __real_buildSmbNtlmAuthRequest_noatsplit(request, user, domain);
}
void __wrap_buildSmbNtlmAuthRequest(tSmbNtlmAuthRequest*, const char*, const char*) { ++seen.others; }
void __wrap_buildSmbNtlmAuthResponse(tSmbNtlmAuthChallenge*, tSmbNtlmAuthResponse*, const char*, const char*) {
  ++seen.others;
}
void __wrap_buildSmbNtlmAuthResponse_noatsplit(tSmbNtlmAuthChallenge*, tSmbNtlmAuthResponse*, const char*,
                                               const char*) {
  ++seen.others;
}
void __wrap_dumpSmbNtlmAuthChallenge(FILE*, tSmbNtlmAuthChallenge*) { ++seen.others; }
void __wrap_ntlm_smb_encrypt(const char*, const uint8*, uint8*) { ++seen.others; }
void __wrap_ntlm_smb_nt_encrypt(const char*, const uint8*, uint8*) { ++seen.others; }
}
// NOLINTEND(bugprone-reserved-identifier)

namespace {

auth::credentials who(std::string user, std::string host = "mail.example.com") {
  auth::credentials out;
  out.user = std::move(user);
  out.password = secret("zq7-s3cret");
  out.host = std::move(host);
  out.filetime = 133500000000000000;
  out.random = [](std::span<unsigned char> to) { std::fill(to.begin(), to.end(), static_cast<unsigned char>(7)); };
  return out;
}

std::string wide(std::string_view ascii) {
  std::string out;
  for (const char c : ascii) out.append({c, '\0'});
  return out;
}

auth::challenge_message challenge(std::size_t target_octets = 8, std::size_t pair_octets = 8) {
  using flag = auth::ntlm_flag;
  auth::challenge_message out;
  out.flags = flag::unicode | flag::ntlm | flag::extended_session_security | flag::target_info;
  out.server_challenge.fill(0x5a);
  out.target_name = std::string(target_octets, 'T');
  out.target_info = {{auth::av_id::nb_domain_name, std::string(pair_octets, 'D')}};
  return out;
}

// The AUTHENTICATE message to `from`, as the server reads it.
result<auth::authenticate_message> answer(ntlm_version version, const auth::credentials& client,
                                          const std::string& from) {
  auth_policy policy;
  policy.ntlm = version;
  const auto mechanism = auth::make_mechanism(mechanism::ntlm, policy, client);
  if (auto first = mechanism->step(""); !first) return tl::unexpected(first.error());
  const auto octets = mechanism->step(from);
  if (!octets) return tl::unexpected(octets.error());
  return auth::parse_authenticate(*octets);
}

constexpr std::size_t around_160[] = {1, 2, 15, 16, 79, 80, 81, 159, 160, 161, 162, 255, 256, 319, 320, 321, 1000};

void put_le(std::string& at, std::size_t offset, std::uint64_t value, std::size_t octets) {
  for (std::size_t i = 0; i < octets; ++i) at[offset + i] = static_cast<char>(value >> (8 * i));
}

}  // namespace

TEST_SUITE_BEGIN("libntlm and the messages of NTLM");

TEST_CASE("no name of any length reaches libntlm, and its response builder is never called") {
  seen = {};
  std::size_t exchanges = 0;
  const auto given = auth::build_challenge(challenge()).value();
  for (const auto version : {ntlm_version::v2, ntlm_version::v1_extended_session, ntlm_version::v1}) {
    for (const auto user : around_160) {
      for (const auto domain : around_160) {
        const std::string name(user, 'u');
        const std::string of(domain, 'd');
        const auto got = answer(version, who(of + '\\' + name), given);
        REQUIRE_MESSAGE(got, got.error().message());
        CHECK(got->user == wide(name));
        CHECK(got->domain == wide(of));
        ++exchanges;
      }
    }
    for (const auto host : around_160) {
      CHECK(answer(version, who("anna", std::string(host, 'h')), given));
      ++exchanges;
    }
    // What a server calls itself, up to what 16 bits can say.
    for (const std::size_t target : {0, 2, 160, 162, 320, 1024, 8192, 65534}) {
      for (const std::size_t pair : {0, 2, 160, 162, 320, 1024, 8192, 32766}) {
        const auto large = auth::build_challenge(challenge(target, pair));
        REQUIRE(large);
        const auto got = answer(version, who("anna"), *large);
        if (large->size() <= limits{}.challenge) {
          CHECK(got);
        } else {
          REQUIRE_FALSE(got);
          CHECK(got.error().code == errc::limit_exceeded);
        }
        ++exchanges;
      }
    }
  }
  CHECK(seen.requests == exchanges);
  CHECK(seen.longest == 0);
  CHECK(seen.others == 0);
  tried(exchanges);
}

TEST_CASE("a name that no 16-bit length can say is refused before anything is sent of it") {
  const auto given = auth::build_challenge(challenge()).value();
  for (const std::size_t size : {32767, 32768, 65535, 65536, 1 << 20}) {
    const auto got = answer(ntlm_version::v2, who(std::string(size, 'u')), given);
    CHECK(got.has_value() == (size * 2 <= 0xffff));
    if (!got) CHECK(got.error().code == errc::invalid_argument);
    tried();
  }
}

TEST_CASE("a field of a CHALLENGE is followed only inside the message, for every offset and length") {
  const auto whole = auth::build_challenge(challenge()).value();
  struct field {
    std::size_t at;
    std::size_t header;
    bool pairs;
  };
  std::size_t accepted = 0;
  // Both begin behind the header, since the message announces target information.
  for (const auto& f : {field{12, 48, false}, field{40, 48, true}}) {
    std::vector<std::uint64_t> offsets = {0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff, 65535, 65536, 1u << 20};
    for (std::uint64_t i = 0; i <= whole.size() + 8; ++i) offsets.push_back(i);
    std::vector<std::uint64_t> lengths = {0xff, 0x100, 0x7fff, 0x8000, 0xfffe, 0xffff};
    for (std::uint64_t i = 0; i <= whole.size() + 8; ++i) lengths.push_back(i);
    for (const auto offset : offsets) {
      for (const auto length : lengths) {
        auto message = whole;
        put_le(message, f.at, length, 2);
        put_le(message, f.at + 2, length, 2);
        put_le(message, f.at + 4, offset, 4);
        const auto got = auth::parse_challenge(message);
        const bool inside = length == 0 || (offset >= f.header && offset + length <= message.size());
        if (got) {
          ++accepted;
          CHECK(inside);
          if (!f.pairs && length != 0) CHECK(got->target_name == message.substr(offset, length));
        }
        if (!f.pairs) CHECK(got.has_value() == (inside && length % 2 == 0));
        tried();
      }
    }
  }
  CHECK(accepted > 100);
}

TEST_CASE("AV pairs end inside their list, for every length of every pair") {
  const auto list = auth::build_av_pairs({{auth::av_id::nb_domain_name, std::string(6, 'D')},
                                          {static_cast<auth::av_id>(99), std::string(5, 'x')},
                                          {auth::av_id::timestamp, std::string(8, 't')}})
                        .value();
  for (const std::size_t at : {2U, 12U, 21U}) {
    for (std::uint64_t length = 0; length <= 0xffff; length += length < 64 ? 1 : 251) {
      auto damaged = list;
      put_le(damaged, at, length, 2);
      const auto got = auth::parse_av_pairs(damaged);
      std::size_t octets = 0;
      if (got) {
        for (const auto& pair : *got) octets += pair.value.size() + 4;
      }
      CHECK(octets <= damaged.size());
      tried();
    }
  }
  // And for every end of the list itself.
  for (std::size_t size = 0; size < list.size(); ++size) {
    CHECK_FALSE(auth::parse_av_pairs(list.substr(0, size)));
    tried();
  }
}

TEST_CASE("whatever base64 a server sends, it is decoded strictly or not at all") {
  const std::string text = "TlRMTVNTUAACAA==";
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (int octet = 0; octet < 256; ++octet) {
      auto changed = text;
      changed[at] = static_cast<char>(octet);
      const auto got = auth::decode_base64(changed);
      if (got) CHECK(auth::encode_base64(*got) == changed);
      const bool digit = digits.find(changed[at]) != std::string::npos;
      // Before the padding every digit stands for something; the last one has room for two bits.
      if (at < 13) CHECK(got.has_value() == digit);
      if (at == 13) CHECK(got.has_value() == (digit && digits.find(changed[at]) % 16 == 0));
      if (at == 14) CHECK(got.has_value() == (changed[at] == '=' || (digit && digits.find(changed[at]) % 4 == 0)));
      if (at == 15) CHECK(got.has_value() == (changed[at] == '='));
      tried();
    }
  }
}

TEST_CASE("NTLM is chosen only where it is listed and allowed") {
  const std::vector<std::vector<std::string>> lists = {
      {}, {"IMAP4REV1"}, {"AUTH=NTLM"}, {"AUTH=NTLMV2"}, {"XAUTH=NTLM"}, {"AUTH=PLAIN"}, {"NTLM"}, {"AUTH= NTLM"}};
  for (const auto& listed : lists) {
    for (const bool allowed : {false, true}) {
      for (const bool tls : {false, true}) {
        auth_policy policy;
        policy.allowed = {mechanism::plain, mechanism::login};
        if (allowed) policy.allowed.push_back(mechanism::ntlm);
        auth::ladder steps(policy);
        const auto first = steps.next({listed, tls});
        const bool is_listed = std::find(listed.begin(), listed.end(), "AUTH=NTLM") != listed.end();
        CHECK((first == mechanism::ntlm) == (is_listed && allowed));
        tried();
      }
    }
  }
}

TEST_SUITE_END();
