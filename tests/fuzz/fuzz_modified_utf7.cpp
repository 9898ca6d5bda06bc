// Modified UTF-7 there and back: each name has one form, and a form that does not decode stays what it is.
#include "fuzz_input.hpp"
#include "wire/modified_utf7.hpp"

using namespace outmap;
using fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto name = wire::decode_modified_utf7(text)) {
    const auto again = wire::encode_modified_utf7(*name);
    must(again && *again == text, "what decodes is the only form of its name");
    must(wire::display_name(text) == *name, "people see the name");
    for (const char c : *name) must(static_cast<unsigned char>(c) >= 0x20 && c != '\x7f', "no control character");
  } else {
    must(wire::display_name(text) == text, "people see what came");
  }
  if (const auto form = wire::encode_modified_utf7(text)) {
    for (const char c : *form) must(c >= 0x20 && c < 0x7f, "printable ASCII");
    const auto back = wire::decode_modified_utf7(*form);
    must(back && *back == text, "every name comes back");
  }
  return 0;
}
