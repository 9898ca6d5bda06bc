#include "auth/ntlm_crypto.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <algorithm>

#include "auth/unicode.hpp"

namespace outmap::auth {
namespace {

octets16 public_octets(const key16& key) {
  octets16 out{};
  std::copy_n(key.data(), out.size(), out.begin());
  return out;
}

}  // namespace

result<key16> md5(std::string_view octets) {
  key16 digest;
  std::size_t length = 0;
  if (EVP_Q_digest(nullptr, "MD5", nullptr, octets.data(), octets.size(), digest.data(), &length) != 1 ||
      length != digest.size()) {
    ERR_clear_error();
    return fail(errc::mechanism_failed, "OpenSSL refuses MD5 (FIPS mode?)");
  }
  return digest;
}

result<key16> hmac_md5(const key16& key, std::initializer_list<std::string_view> parts) {
  wiped_string joined;
  std::size_t size = 0;
  for (const auto part : parts) size += part.size();
  joined.value().reserve(size);
  for (const auto part : parts) joined.value().append(part);

  key16 digest;
  std::size_t length = 0;
  const auto* data = reinterpret_cast<const unsigned char*>(joined.view().data());
  if (EVP_Q_mac(nullptr, "HMAC", nullptr, "MD5", nullptr, key.data(), key.size(), data, size, digest.data(),
                digest.size(), &length) == nullptr ||
      length != digest.size()) {
    ERR_clear_error();
    return fail(errc::mechanism_failed, "OpenSSL refuses HMAC-MD5 (FIPS mode?)");
  }
  return digest;
}

result<key16> ntowf_v1(const legacy_crypto& legacy, std::string_view password) {
  wiped_string wide;
  if (auto done = append_utf16le(wide.value(), password, "password"); !done) return tl::unexpected(done.error());
  return legacy.md4(wide.view());
}

result<key16> ntowf_v2(const legacy_crypto& legacy, std::string_view password, std::string_view user,
                       std::string_view domain) {
  const auto key = ntowf_v1(legacy, password);
  if (!key) return tl::unexpected(key.error());
  const auto wide_user = utf16le_from_utf8(user, "user name");
  if (!wide_user) return tl::unexpected(wide_user.error());
  const auto wide_domain = utf16le_from_utf8(domain, "domain");
  if (!wide_domain) return tl::unexpected(wide_domain.error());
  return hmac_md5(*key, {upper_case_utf16le(*wide_user), *wide_domain});
}

result<octets24> desl(const legacy_crypto& legacy, const key16& key, const octets8& data) {
  wiped_octets<21> padded;
  std::copy_n(key.data(), key.size(), padded.data());
  octets24 out{};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto block = legacy.des(padded.view().substr(7 * i, 7), data);
    if (!block) return tl::unexpected(block.error());
    std::copy(block->begin(), block->end(), out.begin() + static_cast<std::ptrdiff_t>(8 * i));
  }
  return out;
}

result<octets8> ess_session_hash(const octets8& server_challenge, const octets8& client_challenge) {
  std::string both(view_of(server_challenge));
  both.append(view_of(client_challenge));
  const auto digest = md5(both);
  if (!digest) return tl::unexpected(digest.error());
  octets8 out{};
  std::copy_n(digest->data(), out.size(), out.begin());
  return out;
}

result<octets16> nt_proof(const key16& ntowf_v2_key, const octets8& server_challenge, std::string_view temp) {
  return hmac_md5(ntowf_v2_key, {view_of(server_challenge), temp}).map(public_octets);
}

result<octets24> lm_v2(const key16& ntowf_v2_key, const octets8& server_challenge, const octets8& client_challenge) {
  const auto proof = hmac_md5(ntowf_v2_key, {view_of(server_challenge), view_of(client_challenge)});
  if (!proof) return tl::unexpected(proof.error());
  octets24 out{};
  std::copy_n(proof->data(), 16, out.begin());
  std::copy(client_challenge.begin(), client_challenge.end(), out.begin() + 16);
  return out;
}

result<key16> session_base_key_v2(const key16& ntowf_v2_key, const octets16& proof) {
  return hmac_md5(ntowf_v2_key, {view_of(proof)});
}

result<octets16> message_integrity_code(const key16& exported_session_key, std::string_view negotiate,
                                        std::string_view challenge, std::string_view authenticate) {
  return hmac_md5(exported_session_key, {negotiate, challenge, authenticate}).map(public_octets);
}

result<octets16> channel_binding_token(std::string_view certificate_hash) {
  const std::string data = "tls-server-end-point:" + std::string(certificate_hash);
  // Both addresses are empty: type and length, four zero numbers of 32 bits.
  std::string bindings(16, '\0');
  for (unsigned shift = 0; shift < 32; shift += 8)
    bindings.push_back(static_cast<char>((data.size() >> shift) & 0xffU));
  bindings.append(data);
  return md5(bindings).map(public_octets);
}

}  // namespace outmap::auth
