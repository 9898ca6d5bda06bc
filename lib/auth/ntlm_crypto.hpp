// The computations of NTLM ([MS-NLMP] 3.3), for the client and for the acceptor of the tests.
//
// libntlm knows neither NTLMv2 nor extended session security. Its NTLMv1 primitives widen a password octet by octet,
// cut it at 128 octets and leave copies of the hash behind, so a password outside ASCII gives a wrong response; those
// three are therefore built here on OpenSSL as well, and the tests hold them against libntlm where it is right.
//
// Strings are UTF-8 where they are named user, domain or password, else octets. Errors: mechanism_failed when OpenSSL
// refuses an algorithm (FIPS mode), invalid_argument for a string that is not UTF-8.
#pragma once

#include <array>
#include <initializer_list>
#include <string>
#include <string_view>

#include "auth/legacy_crypto.hpp"
#include "auth/wiped_octets.hpp"
#include "outmap/error.hpp"

namespace outmap::auth {

using octets8 = std::array<unsigned char, 8>;
using octets16 = std::array<unsigned char, 16>;
using octets24 = std::array<unsigned char, 24>;
using key16 = wiped_octets<16>;

/// MD5 by the default library context, so that an administrator's FIPS setting counts.
result<key16> md5(std::string_view octets);
/// HMAC-MD5 over the parts one after the other.
result<key16> hmac_md5(const key16& key, std::initializer_list<std::string_view> parts);

/// MD4(UTF-16LE(password)), 3.3.1.
result<key16> ntowf_v1(const legacy_crypto& legacy, std::string_view password);
/// HMAC-MD5 under NTOWFv1 of the upper-cased user and the domain as it is, 3.3.2. See upper_case_utf16le() for
/// what is upper-cased.
result<key16> ntowf_v2(const legacy_crypto& legacy, std::string_view password, std::string_view user,
                       std::string_view domain);

/// DES Long: three DES keys from the hash padded to 21 octets, section 6. With ntowf_v1 and the server challenge it is
/// the NTLMv1 response, with ntowf_v1 and ess_session_hash the one with extended session security.
result<octets24> desl(const legacy_crypto& legacy, const key16& key, const octets8& data);
/// First 8 octets of MD5(server challenge, client challenge), 3.3.1.
result<octets8> ess_session_hash(const octets8& server_challenge, const octets8& client_challenge);

/// NTProofStr over `temp`, the octets of an ntlmv2_blob; the NTLMv2 response is the proof and then `temp`, 3.3.2.
result<octets16> nt_proof(const key16& ntowf_v2_key, const octets8& server_challenge, std::string_view temp);
/// The LMv2 response, 3.3.2.
result<octets24> lm_v2(const key16& ntowf_v2_key, const octets8& server_challenge, const octets8& client_challenge);
/// SessionBaseKey of NTLMv2, 3.3.2. No key exchange is negotiated, so it is the exported session key too.
result<key16> session_base_key_v2(const key16& ntowf_v2_key, const octets16& proof);
/// Message integrity code over the three messages, the last with 16 zero octets in place of the code, 3.1.5.1.2.
result<octets16> message_integrity_code(const key16& exported_session_key, std::string_view negotiate,
                                        std::string_view challenge, std::string_view authenticate);

/// Value of MsvAvChannelBindings: MD5 of a gss_channel_bindings_struct that holds "tls-server-end-point:" and the hash
/// of the certificate (2.2.2.1, RFC 5929 section 4).
result<octets16> channel_binding_token(std::string_view certificate_hash);

}  // namespace outmap::auth
