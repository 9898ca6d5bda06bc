// make_readable(): any octets of a message. The first octet says how much it may cost: four bits for the text, four for
// parts and depth.
#include <algorithm>

#include "fuzz_input.hpp"
#include "outmap/readable.hpp"

using namespace outmap;
using fuzz::must;

namespace {

readable_limits small_limits(unsigned chosen) {
  readable_limits out;
  out.octets = 3000;
  out.text = std::size_t{8} << (chosen & 15);
  out.parts = 1 + (chosen >> 4) * 3;
  out.depth = 1 + (chosen >> 4);
  return out;
}

std::size_t octets_of_character(std::string_view rest) {
  const auto at = [rest](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
  const auto first = at(0);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xc2 && first < 0xe0   ? 2
                           : (first & 0xf0) == 0xe0        ? 3
                           : first >= 0xf0 && first < 0xf5 ? 4
                                                           : 0;
  if (size == 0 || size > rest.size()) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((at(i) & 0xc0) != 0x80) return 0;
  }
  const bool overlong = (first == 0xe0 && at(1) < 0xa0) || (first == 0xf0 && at(1) < 0x90);
  const bool none = (first == 0xed && at(1) >= 0xa0) || (first == 0xf4 && at(1) >= 0x90);
  return overlong || none ? 0 : size;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto octets = octets_of_character(text);
    if (octets == 0) return false;
    text.remove_prefix(octets);
  }
  return true;
}

bool is_one_line(std::string_view text) { return text.find_first_of("\r\n") == std::string_view::npos; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::input in(data, size);
  const auto limits = small_limits(in.octet());
  const auto got = make_readable(in.rest(), limits);
  for (const auto* const field : {&got.from, &got.to, &got.cc, &got.bcc, &got.subject, &got.date, &got.message_id}) {
    must(is_utf8(*field), "a field in UTF-8");
    must(field->size() <= 3 * limits.octets + 16, "a field of a bounded length");
    must(is_one_line(*field), "an unfolded field");
  }
  must(is_utf8(got.text), "text in UTF-8");
  must(got.text.find('\r') == std::string::npos, "lines that end with LF");
  // Two line ends between parts, and what is cut goes to the end of a character.
  must(got.text.size() <= limits.text + 2 * limits.parts + 4, "text within its limit");
  must(got.attachments.size() <= limits.parts, "as many attachments as parts at most");
  for (const auto& one : got.attachments) {
    must(is_utf8(one.name) && is_utf8(one.type), "an attachment's name in UTF-8");
    must(one.octets <= limits.octets, "an attachment no larger than its message");
  }
  if (in.rest().size() > limits.octets) must(!got.whole, "what is left out is told");
  return 0;
}
