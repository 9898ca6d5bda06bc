#include "ntlm_acceptor.hpp"

#include <algorithm>
#include <chrono>

#include <openssl/rand.h>

#include "accounts.hpp"
#include "auth/legacy_crypto.hpp"
#include "auth/ntlm_crypto.hpp"
#include "auth/unicode.hpp"

namespace outmap::exchange {

namespace {

using auth::av_id;
using auth::ntlm_flag;

constexpr std::size_t v1_response_size = 24;
constexpr std::size_t proof_size = 16;
constexpr std::uint8_t av_flag_mic = 0x02;  // [MS-NLMP] 2.2.2.1, MsvAvFlags

std::string utf16(std::string_view utf8) { return auth::utf16le_from_utf8(utf8, "NTLM name").value_or(std::string()); }

/// Names of the client come as the flags say; OEM ones are taken for ASCII.
result<std::string> utf8_from(std::string_view octets, bool unicode) {
  if (!unicode) return std::string(octets);
  if (octets.size() % 2 != 0) return fail(errc::malformed_response, "odd number of octets in a Unicode name");
  std::string text;
  for (std::size_t i = 0; i < octets.size(); i += 2) {
    std::uint32_t unit = static_cast<unsigned char>(octets[i]) | static_cast<unsigned char>(octets[i + 1]) << 8;
    if (unit >= 0xd800 && unit < 0xdc00 && i + 3 < octets.size()) {
      i += 2;
      const std::uint32_t low = static_cast<unsigned char>(octets[i]) | static_cast<unsigned char>(octets[i + 1]) << 8;
      unit = 0x10000 + ((unit - 0xd800) << 10) + (low & 0x3ff);
    }
    if (unit < 0x80) {
      text += static_cast<char>(unit);
    } else {
      const int rest = unit < 0x800 ? 1 : unit < 0x10000 ? 2 : 3;
      text += static_cast<char>((0xf0 << (3 - rest) & 0xff) | unit >> (6 * rest));
      for (int shift = 6 * (rest - 1); shift >= 0; shift -= 6) text += static_cast<char>(0x80 | (unit >> shift & 0x3f));
    }
  }
  return text;
}

std::string filetime_now() {
  constexpr std::uint64_t from_1601_to_1970 = 116'444'736'000'000'000;
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  std::uint64_t ticks =
      from_1601_to_1970 +
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(since).count()) / 100;
  std::string octets;
  for (int i = 0; i < 8; ++i, ticks >>= 8) octets += static_cast<char>(ticks & 0xff);
  return octets;
}

bool wants_mic(const std::vector<auth::av_pair>& pairs) {
  const std::string* flags = auth::find_av(pairs, av_id::flags);
  return flags != nullptr && !flags->empty() && (static_cast<unsigned char>(flags->front()) & av_flag_mic) != 0;
}

}  // namespace

sasl_answer ntlm_acceptor::step(std::string_view response) {
  return negotiate_.empty() ? challenge(response) : verify(response);
}

sasl_answer ntlm_acceptor::challenge(std::string_view negotiate) {
  const auto offered = auth::parse_negotiate(negotiate);
  if (!offered) return {sasl_outcome::corrupt, offered.error().detail};
  const bool unicode = (offered->flags & ntlm_flag::unicode) != 0;
  if (!unicode && (offered->flags & ntlm_flag::oem) == 0) return {sasl_outcome::corrupt, "no character set is offered"};
  negotiate_ = negotiate;

  if (setup_.ntlm.fixed_challenge.size() == server_challenge_.size()) {
    std::ranges::copy(setup_.ntlm.fixed_challenge, server_challenge_.begin());
  } else if (RAND_bytes(server_challenge_.data(), static_cast<int>(server_challenge_.size())) != 1) {
    return {sasl_outcome::corrupt, "no random octets"};
  }
  auth::challenge_message message;
  message.server_challenge = server_challenge_;
  message.target_name = unicode ? utf16(setup_.ntlm.domain) : setup_.ntlm.domain;
  message.flags =
      (unicode ? ntlm_flag::unicode : ntlm_flag::oem) | ntlm_flag::ntlm | ntlm_flag::target_info |
      ntlm_flag::request_target |
      // A server in no domain names itself instead.
      (setup_.ntlm.domain == setup_.ntlm.computer ? ntlm_flag::target_type_server : ntlm_flag::target_type_domain) |
      (offered->flags & (ntlm_flag::extended_session_security | ntlm_flag::always_sign | ntlm_flag::key_128 |
                         ntlm_flag::key_56 | ntlm_flag::version));
  flags_ = message.flags;
  if ((message.flags & ntlm_flag::version) != 0)
    message.product = auth::ntlm_product{setup_.ntlm.major, setup_.ntlm.minor, setup_.ntlm.build, 15};
  std::vector<auth::av_pair> info = {{av_id::nb_domain_name, utf16(setup_.ntlm.domain)},
                                     {av_id::nb_computer_name, utf16(setup_.ntlm.computer)},
                                     {av_id::dns_domain_name, utf16(setup_.ntlm.dns_domain)},
                                     {av_id::dns_computer_name, utf16(setup_.ntlm.dns_computer)}};
  if (setup_.ntlm.timestamp) info.push_back({av_id::timestamp, filetime_now()});
  message.target_info = std::move(info);
  auto built = auth::build_challenge(message);
  if (!built) return {sasl_outcome::corrupt, built.error().detail};
  challenge_ = *built;
  return {sasl_outcome::challenge, *std::move(built)};
}

sasl_answer ntlm_acceptor::verify(std::string_view octets) {
  const auto message = auth::parse_authenticate(octets);
  if (!message) return {sasl_outcome::corrupt, message.error().detail};
  const auto user = utf8_from(message->user, (flags_ & ntlm_flag::unicode) != 0);
  if (!user) return {sasl_outcome::corrupt, user.error().detail};
  const account* who = find_account(setup_.accounts, *user);
  if (who == nullptr) return {sasl_outcome::refused, "unknown user"};
  const auto good = proves(*message, octets, who->password.reveal());
  if (!good) return {sasl_outcome::corrupt, good.error().detail};
  if (!*good) return {sasl_outcome::refused, "wrong password"};
  return {sasl_outcome::accepted, who->user};
}

result<bool> ntlm_acceptor::proves(const auth::authenticate_message& message, std::string_view octets,
                                   std::string_view password) const {
  if (message.nt_response.size() > v1_response_size) return proves_v2(message, octets, password);
  if (message.nt_response.size() < v1_response_size || !setup_.ntlm.accept_v1) return false;
  return proves_v1(message, password);
}

result<bool> ntlm_acceptor::proves_v1(const auth::authenticate_message& message, std::string_view password) const {
  const auto legacy = auth::legacy_crypto::open();
  if (!legacy) return tl::unexpected(legacy.error());
  const auto key = auth::ntowf_v1(*legacy, password);
  if (!key) return tl::unexpected(key.error());
  auth::octets8 data = server_challenge_;
  if ((flags_ & message.flags & ntlm_flag::extended_session_security) != 0) {
    if (message.lm_response.size() != v1_response_size) return false;
    auth::octets8 client_challenge{};
    std::copy_n(message.lm_response.begin(), client_challenge.size(), client_challenge.begin());
    const auto hash = auth::ess_session_hash(server_challenge_, client_challenge);
    if (!hash) return tl::unexpected(hash.error());
    data = *hash;
  }
  const auto expected = auth::desl(*legacy, *key, data);
  if (!expected) return tl::unexpected(expected.error());
  return same_password(auth::view_of(*expected), message.nt_response);
}

result<bool> ntlm_acceptor::proves_v2(const auth::authenticate_message& message, std::string_view octets,
                                      std::string_view password) const {
  const bool unicode = (flags_ & ntlm_flag::unicode) != 0;
  const auto user = utf8_from(message.user, unicode);
  const auto domain = utf8_from(message.domain, unicode);
  const auto legacy = auth::legacy_crypto::open();
  if (!user || !domain || !legacy) return fail(errc::mechanism_failed, "NTLMv2 cannot be computed");
  const auto key = auth::ntowf_v2(*legacy, password, *user, *domain);
  if (!key) return tl::unexpected(key.error());
  const std::string_view response = message.nt_response;
  const std::string_view temp = response.substr(proof_size);
  const auto blob = auth::parse_ntlmv2_blob(temp);
  if (!blob) return tl::unexpected(blob.error());
  const auto proof = auth::nt_proof(*key, server_challenge_, temp);
  if (!proof) return tl::unexpected(proof.error());
  if (!same_password(auth::view_of(*proof), response.substr(0, proof_size))) return false;

  if (!wants_mic(blob->pairs)) return true;
  if (!message.mic) return fail(errc::malformed_response, "a MIC is announced and not there");
  const auto session_key = auth::session_base_key_v2(*key, *proof);
  if (!session_key) return tl::unexpected(session_key.error());
  std::string without_mic(octets);
  std::fill_n(without_mic.begin() + auth::mic_offset, message.mic->size(), '\0');
  const auto expected = auth::message_integrity_code(*session_key, negotiate_, challenge_, without_mic);
  if (!expected) return tl::unexpected(expected.error());
  return same_password(auth::view_of(*expected), auth::view_of(*message.mic));
}

}  // namespace outmap::exchange
