// Framer and parser: any octets of a server, in any pieces. The first octet says how they are cut, the second which
// tolerances hold.
#include <algorithm>
#include <span>

#include "fuzz_input.hpp"
#include "wire/framer.hpp"
#include "wire/parser.hpp"
#include "wire/quirks.hpp"

using namespace outmap;
using fuzz::must;

namespace {

limits small_limits() {
  limits bounds;
  bounds.line = 4000;
  bounds.response = 6000;
  bounds.literals = 20;
  bounds.body = 5000;
  bounds.depth = 10;
  bounds.items = 50;
  return bounds;
}

// What the events say, save how the octets of a body were cut.
std::string outline(std::string_view stream, std::size_t chunk, const limits& bounds, wire::quirks tolerated) {
  using event = wire::framer::event;
  wire::framer framer(bounds, tolerated);
  std::string out;
  std::uint64_t left = 0;
  while (!stream.empty()) {
    std::span<const char> piece(stream.data(), std::min(chunk, stream.size()));
    stream.remove_prefix(piece.size());
    for (auto e = framer.next(piece); e != event::need_input; e = framer.next(piece)) {
      switch (e) {
        case event::body_begin:
          must(framer.body_size() <= bounds.body, "a body within its limit");
          left = framer.body_size();
          out += 'b' + std::to_string(left) + '\n';
          break;
        case event::body_data:
          must(framer.data().size() <= left, "a body no longer than announced");
          left -= framer.data().size();
          out.append(framer.data().data(), framer.data().size());
          break;
        case event::body_end: must(left == 0, "a whole body"); break;
        case event::frame: {
          const auto& frame = framer.current();
          must(frame.text.size() <= bounds.response + 2 && frame.literals.size() <= bounds.literals, "a bounded frame");
          const auto got = wire::parse(frame, bounds, tolerated);
          must(got || got.error().reach == scope::message, "a bad frame costs itself");
          out += frame.text + '\n' + (got ? std::to_string(got->index()) : got.error().detail) + '\n';
          break;
        }
        default: return out + "failed: " + framer.failure().detail;
      }
    }
    must(framer.partial_text().size() <= bounds.response + 2, "bounded memory");
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::input in(data, size);
  const std::size_t chunk = 1 + in.octet();
  const auto without = in.octet();
  auto tolerated = wire::quirks::all();
  const auto table = wire::quirk_table();
  if (without < std::size(table)) tolerated = tolerated.without(table[without].id);
  const auto bounds = small_limits();
  must(outline(in.rest(), SIZE_MAX, bounds, tolerated) == outline(in.rest(), chunk, bounds, tolerated),
       "the same whatever the pieces");
  return 0;
}
