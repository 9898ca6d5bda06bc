// Base64 there and back: each value has one text.
#include "auth/base64.hpp"
#include "fuzz_input.hpp"

using namespace outmap;
using fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto octets = auth::decode_base64(text))
    must(auth::encode_base64(*octets) == text, "what decodes is the only text of its octets");
  const auto back = auth::decode_base64(auth::encode_base64(text));
  must(back && *back == text, "every octet comes back");
  return 0;
}
