#include "auth/base64.hpp"

#include <doctest/doctest.h>

#include <random>

using outmap::errc;
using outmap::auth::decode_base64;
using outmap::auth::encode_base64;

TEST_CASE("NTLM-2.2.3-01 base64 is one line with padding") {
  // RFC 4648 section 10.
  const std::pair<const char*, const char*> known[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"}};
  for (const auto& [octets, text] : known) {
    CHECK(encode_base64(octets) == text);
    CHECK(decode_base64(text).value() == octets);
  }
  CHECK(encode_base64(std::string(400, 'x')).find_first_of("\r\n") == std::string::npos);
}

TEST_CASE("NTLM-1.3-02 every octet survives base64") {
  std::mt19937 generator(4);
  for (std::size_t size = 0; size < 300; ++size) {
    std::string octets(size, '\0');
    for (auto& c : octets) c = static_cast<char>(generator());
    const auto text = encode_base64(octets);
    CHECK(text.size() == (size + 2) / 3 * 4);
    CHECK(decode_base64(text).value() == octets);
  }
  // Longer than a piece of the conversion.
  std::string large((std::size_t{7} << 20) + 1, '\0');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 31);
  CHECK(decode_base64(encode_base64(large)).value() == large);
}

TEST_CASE("NTLM-2.2.2-02 illegal base64 is an error") {
  const std::pair<std::string, const char*> bad[] = {
      {"Zg=", "multiple of 4"},
      {"Zg", "multiple of 4"},
      {"Z", "multiple of 4"},
      {"====", "after the padding"},
      {"Zg==Zg==", "after the padding"},
      {"Z===", "after the padding"},
      {"Zg=v", "after the padding"},
      {"Zm9v\n", "outside the alphabet"},
      {" Zm9v", "outside the alphabet"},
      {"Zm-v", "outside the alphabet"},
      {"Zm_v", "outside the alphabet"},
      {std::string("Zm\0v", 4), "outside the alphabet"},
      {"Zm\xc3\xa9", "outside the alphabet"},
      {"+OK x", "outside the alphabet"},
      {"Zh==", "not zero"},
      {"Zm9=", "not zero"},
      {"Zm9vYmF/Zm9=", "not zero"},
  };
  for (const auto& [text, why] : bad) {
    const auto got = decode_base64(text);
    REQUIRE_FALSE(got);
    CHECK(got.error().code == errc::malformed_response);
    CHECK_MESSAGE(got.error().detail.find(why) != std::string::npos, got.error().detail);
  }
}
