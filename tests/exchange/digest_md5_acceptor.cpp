#include "digest_md5_acceptor.hpp"

#include <array>

#include <openssl/rand.h>

#include "accounts.hpp"
#include "ascii.hpp"
#include "auth/base64.hpp"
#include "auth/digest_challenge.hpp"
#include "auth/digest_response.hpp"
#include "auth/unicode.hpp"

namespace outmap::exchange {

namespace {

/// The value of the directive that must stand there once; nothing else.
std::optional<std::string> only(const std::vector<auth::digest_directive>& all, std::string_view name) {
  std::optional<std::string> found;
  for (const auth::digest_directive& one : all) {
    if (one.name != name) continue;
    if (found) return std::nullopt;
    found = one.value;
  }
  return found;
}

/// RFC 2831 2.1.2.1: what fits ISO 8859-1 is hashed in it.
std::optional<std::string> hashed_form(std::string_view utf8) {
  std::string narrow;
  const auto fits = auth::append_latin1(narrow, utf8, "name");
  if (!fits) return std::nullopt;
  return *fits ? narrow : std::string(utf8);
}

}  // namespace

std::optional<std::string> digest_md5_acceptor::first_challenge() {
  std::array<unsigned char, 18> random{};
  if (RAND_bytes(random.data(), random.size()) != 1) return std::nullopt;
  nonce_ = auth::encode_base64({reinterpret_cast<const char*>(random.data()), random.size()});
  return "realm=\"" + setup_.realm + "\",nonce=\"" + nonce_ + "\",qop=\"auth\",charset=utf-8,algorithm=md5-sess";
}

sasl_answer digest_md5_acceptor::step(std::string_view response) {
  if (!proved_user_.empty()) {
    if (!response.empty()) return {sasl_outcome::corrupt, "the last response is not empty"};
    return {sasl_outcome::accepted, proved_user_};
  }
  const auto directives = auth::parse_digest_directives(response);
  if (!directives) return {sasl_outcome::corrupt, directives.error().detail};
  const auto value = [&](std::string_view name) { return only(*directives, name).value_or(""); };
  const std::string cnonce = value("cnonce");
  const std::string uri = value("digest-uri");
  if (cnonce.empty() || !same_word(std::string_view(uri).substr(0, 5), "imap/")) {
    return {sasl_outcome::corrupt, "cnonce or digest-uri is missing or wrong"};
  }
  if (value("nonce") != nonce_ || value("nc") != "00000001") return {sasl_outcome::corrupt, "wrong nonce or count"};
  if (const auto qop = only(*directives, "qop"); qop && *qop != "auth") return {sasl_outcome::corrupt, "wrong qop"};

  const account* who = find_account(setup_.accounts, value("username"));
  const auto user = hashed_form(value("username"));
  const auto realm = hashed_form(value("realm"));
  const auto password = who == nullptr ? std::nullopt : hashed_form(who->password.reveal());
  if (!user || !realm || !password) return {sasl_outcome::refused, "unknown user"};
  const auto secret = auth::digest_secret(*user, *realm, *password);
  if (!secret) return {sasl_outcome::corrupt, secret.error().detail};
  const auth::digest_exchange exchange{nonce_, cnonce, uri};
  const auto expected = auth::digest_response(*secret, exchange, auth::digest_side::client);
  const auto proof = auth::digest_response(*secret, exchange, auth::digest_side::server);
  if (!expected || !proof) return {sasl_outcome::corrupt, "MD5 is not available"};
  if (!same_password(*expected, value("response"))) return {sasl_outcome::refused, "wrong password"};
  proved_user_ = who->user;
  return {sasl_outcome::challenge, "rspauth=" + *proof};
}

}  // namespace outmap::exchange
