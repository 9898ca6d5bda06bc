#include "auth/digest_md5.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <utility>

#include "auth/base64.hpp"
#include "auth/digest_challenge.hpp"
#include "auth/fill_random.hpp"
#include "auth/unicode.hpp"

namespace outmap::auth {
namespace {

constexpr std::size_t largest_response = 4095;  // RFC 2831 2.1.2

bool equal_any_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

std::string quoted_string(std::string_view value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + '"';
}

result<void> check_name(std::string_view value, const std::string& what) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; };
  if (value.empty()) return fail(errc::credentials_missing, "DIGEST-MD5: no " + what);
  if (std::any_of(value.begin(), value.end(), control)) {
    return fail(errc::invalid_argument, "DIGEST-MD5: control character in the " + what);
  }
  return {};
}

// Appends `utf8` in ISO 8859-1. Without charset=utf-8 there is no other way; with it, a value that does not fit is
// hashed as UTF-8.
result<void> append_for_hash(std::string& out, std::string_view utf8, bool may_stay_utf8, const std::string& what) {
  const auto fits = append_latin1(out, utf8, "DIGEST-MD5: " + what);
  if (!fits) return tl::unexpected(fits.error());
  if (*fits) return {};
  if (!may_stay_utf8) {
    return fail(errc::mechanism_failed,
                "DIGEST-MD5: the server takes ISO 8859-1 only, and the " + what + " needs more");
  }
  out.append(utf8);
  return {};
}

}  // namespace

digest_identity choose_digest_realm(std::string_view user, const std::vector<std::string>& realms) {
  const auto named =
      std::find_if(realms.begin(), realms.end(), [](const std::string& realm) { return !realm.empty(); });
  const auto at = user.rfind('@');
  if (at != std::string_view::npos && at > 0 && at + 1 < user.size()) {
    const auto own = user.substr(at + 1);
    const auto same = std::find_if(realms.begin(), realms.end(),
                                   [own](const std::string& realm) { return equal_any_case(realm, own); });
    if (same != realms.end()) return {std::string(user.substr(0, at)), *same};
    if (named == realms.end()) return {std::string(user.substr(0, at)), std::string(own)};
  }
  return {std::string(user), named == realms.end() ? std::string() : *named};
}

result<std::string> digest_md5::step(std::string_view challenge) {
  result<std::string> out = fail(errc::mechanism_failed, "DIGEST-MD5: the server goes on after its proof");
  const state before = std::exchange(state_, state::failed);
  if (before == state::start) {
    out = respond(challenge);
    if (out) state_ = state::responded;
    who_.password = secret();
  } else if (before == state::responded) {
    out = verify(challenge);
    if (out) state_ = state::proved;
  }
  return out;
}

result<std::string> digest_md5::respond(std::string_view text) {
  if (auto good = check_name(who_.user, "user name"); !good) return tl::unexpected(good.error());
  if (auto good = check_name(who_.host, "host name"); !good) return tl::unexpected(good.error());
  if (who_.password.empty()) return fail(errc::credentials_missing, "DIGEST-MD5: no password");
  const auto challenge = parse_digest_challenge(text);
  if (!challenge) return tl::unexpected(challenge.error());

  std::string wire_user;
  if (challenge->utf8) {
    wire_user = who_.user;
  } else if (auto done = append_for_hash(wire_user, who_.user, false, "user name"); !done) {
    return tl::unexpected(done.error());
  }
  const auto identity = choose_digest_realm(wire_user, challenge->realms);

  std::string user = identity.user;
  std::string realm = identity.realm;
  wiped_string password;
  if (challenge->utf8) {
    user.clear();
    realm.clear();
    if (auto done = append_for_hash(user, identity.user, true, "user name"); !done) return tl::unexpected(done.error());
    if (auto done = append_for_hash(realm, identity.realm, true, "realm"); !done) return tl::unexpected(done.error());
  }
  if (auto done = append_for_hash(password.value(), who_.password.reveal(), challenge->utf8, "password"); !done) {
    return tl::unexpected(done.error());
  }

  std::array<unsigned char, 15> random{};  // whole groups of base64, so no padding
  if (auto done = fill_random(who_.random, random); !done) return tl::unexpected(done.error());
  const digest_exchange exchange{challenge->nonce, encode_base64(view_of(random)), "imap/" + who_.host};
  const auto key = digest_secret(user, realm, password.view());
  if (!key) return tl::unexpected(key.error());
  const auto response = digest_response(*key, exchange, digest_side::client);
  if (!response) return response;
  auto proof = digest_response(*key, exchange, digest_side::server);
  if (!proof) return proof;
  expected_rspauth_ = *std::move(proof);

  std::string out = challenge->utf8 ? "charset=utf-8," : "";
  out += "username=" + quoted_string(identity.user);
  if (!challenge->realms.empty() || !identity.realm.empty()) out += ",realm=" + quoted_string(identity.realm);
  out += ",nonce=" + quoted_string(exchange.nonce) + ",nc=00000001,cnonce=" + quoted_string(exchange.cnonce) +
         ",digest-uri=" + quoted_string(exchange.digest_uri) + ",response=" + *response + ",qop=auth";
  if (out.size() > largest_response) return fail(errc::mechanism_failed, "DIGEST-MD5: the response is too long");
  return out;
}

result<std::string> digest_md5::verify(std::string_view challenge) {
  const auto proof = parse_digest_rspauth(challenge);
  if (!proof) return tl::unexpected(proof.error());
  if (CRYPTO_memcmp(proof->data(), expected_rspauth_.data(), expected_rspauth_.size()) != 0) {
    return fail(errc::mechanism_failed, "DIGEST-MD5: the server's proof is wrong, it may not know the password");
  }
  return std::string();
}

}  // namespace outmap::auth
