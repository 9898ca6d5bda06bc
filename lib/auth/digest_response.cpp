#include "auth/digest_response.hpp"

namespace outmap::auth {
namespace {

void append_hex(std::string& out, std::string_view octets) {
  constexpr char digits[] = "0123456789abcdef";
  for (const char c : octets) {
    const auto octet = static_cast<unsigned char>(c);
    out.push_back(digits[octet >> 4U]);
    out.push_back(digits[octet & 0x0fU]);
  }
}

}  // namespace

result<key16> digest_secret(std::string_view user, std::string_view realm, std::string_view password) {
  wiped_string joined;
  joined.value().reserve(user.size() + realm.size() + password.size() + 2);
  joined.value().append(user).append(":").append(realm).append(":").append(password);
  return md5(joined.view());
}

result<std::string> digest_response(const key16& secret, const digest_exchange& exchange, digest_side side) {
  const std::string nonces = ":" + exchange.nonce + ":";
  wiped_string a1;
  a1.value().reserve(secret.size() + nonces.size() + exchange.cnonce.size());
  a1.value().append(secret.view()).append(nonces).append(exchange.cnonce);
  const auto h1 = md5(a1.view());
  if (!h1) return tl::unexpected(h1.error());
  const auto h2 = md5((side == digest_side::client ? "AUTHENTICATE:" : ":") + exchange.digest_uri);
  if (!h2) return tl::unexpected(h2.error());

  const std::string middle = nonces + "00000001:" + exchange.cnonce + ":auth:";
  wiped_string kd;
  kd.value().reserve(64 + middle.size());
  append_hex(kd.value(), h1->view());
  kd.value().append(middle);
  append_hex(kd.value(), h2->view());
  const auto digest = md5(kd.view());
  if (!digest) return tl::unexpected(digest.error());
  std::string out;
  append_hex(out, digest->view());
  return out;
}

}  // namespace outmap::auth
