#include "auth/base64.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace outmap::auth {
namespace {

bool in_alphabet(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

unsigned char* octets_of(std::string& s) { return reinterpret_cast<unsigned char*>(s.data()); }
const unsigned char* octets_of(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }

// EVP_EncodeBlock and EVP_DecodeBlock count in int; whole groups of 3 and 4 so that pieces join without padding.
constexpr std::size_t piece = std::size_t{3} << 20;

}  // namespace

std::string encode_base64(std::string_view octets) {
  // One more octet than the text: EVP_EncodeBlock ends it with NUL.
  std::string text((octets.size() + 2) / 3 * 4 + 1, '\0');
  std::size_t written = 0;
  while (!octets.empty()) {
    const auto now = octets.substr(0, piece);
    written += static_cast<std::size_t>(
        EVP_EncodeBlock(octets_of(text) + written, octets_of(now), static_cast<int>(now.size())));
    octets.remove_prefix(now.size());
  }
  text.resize(written);
  return text;
}

// EVP_DecodeBlock skips white space, takes padding anywhere and counts it as zero octets, so what is base64 is decided
// here and EVP_DecodeBlock only converts.
result<std::string> decode_base64(std::string_view text) {
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  const auto body = text.substr(0, text.size() - padding);
  const auto odd = std::find_if_not(body.begin(), body.end(), in_alphabet);
  if (odd != body.end() && *odd == '=') return fail(errc::malformed_response, "base64: data after the padding");
  if (odd != body.end()) return fail(errc::malformed_response, "base64: character outside the alphabet");
  if (text.size() % 4 != 0) return fail(errc::malformed_response, "base64: length is not a multiple of 4");

  std::string octets(text.size() / 4 * 3, '\0');
  std::size_t written = 0;
  for (auto rest = text; !rest.empty();) {
    const auto now = rest.substr(0, piece / 3 * 4);
    const int got = EVP_DecodeBlock(octets_of(octets) + written, octets_of(now), static_cast<int>(now.size()));
    if (got < 0) return fail(errc::malformed_response, "base64: refused by the decoder");
    written += static_cast<std::size_t>(got);
    rest.remove_prefix(now.size());
  }
  octets.resize(written - padding);
  // One text for the same octets (RFC 4648 3.5).
  if (padding != 0 &&
      encode_base64(std::string_view(octets).substr(octets.size() - (3 - padding))) != text.substr(text.size() - 4))
    return fail(errc::malformed_response, "base64: the bits behind the last octet are not zero");
  return octets;
}

}  // namespace outmap::auth
