#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "received.hpp"
#include "sample_streams.hpp"

using namespace outmap;
using namespace outmap::wire;
using test::outline;
using test::receive;
using test::received_stream;
using test::sample_streams;

namespace {

constexpr std::size_t rounds = 4000;

limits small_limits() {
  limits bounds;
  bounds.line = 400;
  bounds.response = 600;
  bounds.literals = 5;
  bounds.body = 60;
  bounds.depth = 4;
  bounds.items = 12;
  return bounds;
}

// Seeded, so that a failure comes again.
class mutator {
 public:
  explicit mutator(std::uint32_t seed) : random_(seed) {}

  std::string stream() {
    auto text = pick(sample_streams());
    const auto times = 1 + below(6);
    for (std::size_t i = 0; i < times; ++i) mutate(text);
    return text;
  }

  std::vector<std::size_t> cuts(std::size_t size) {
    std::vector<std::size_t> out(below(5));
    for (auto& cut : out) cut = below(size + 1);
    std::sort(out.begin(), out.end());
    return out;
  }

  quirks tolerated() {
    auto out = quirks::all();
    if (below(2) == 0) return out;
    for (const auto& entry : quirk_table()) {
      if (below(3) == 0) out = out.without(entry.id);
    }
    return out;
  }

 private:
  std::size_t below(std::size_t n) { return n == 0 ? 0 : random_() % n; }
  const std::string& pick(const std::vector<std::string>& list) { return list[below(list.size())]; }

  void mutate(std::string& text) {
    static const std::vector<std::string> tokens = {"\r\n",       "\n",
                                                    "\r",         "(",
                                                    ")",          "\"",
                                                    "\\",         "{3}\r\n",
                                                    "{0}\r\n",    "{99999999999}\r\n",
                                                    "~{2}\r\nxy", "{4+}\r\n",
                                                    " ",          "\t",
                                                    "NIL",        "BODY[] ",
                                                    "BODY[",      "]",
                                                    "* ",         "+",
                                                    "UID 0 ",     "FLAGS (",
                                                    "((((((((",   "4294967296",
                                                    "\xff",       std::string(1, '\0'),
                                                    "{",          "}"};
    const auto at = below(text.size() + 1);
    switch (below(5)) {
      case 0:
        if (at < text.size()) text[at] = static_cast<char>(below(256));
        break;
      case 1: text.erase(at, 1 + below(8)); break;
      case 2: text.insert(at, pick(tokens)); break;
      case 3: {
        const auto piece = text.substr(at, 1 + below(30));
        text.insert(below(text.size() + 1), piece);
        break;
      }
      default: {
        const auto& other = pick(sample_streams());
        text.insert(at, other.substr(below(other.size()), 1 + below(40)));
      }
    }
  }

  std::mt19937 random_;
};

void check_literals(const test::received_frame& f) {
  std::size_t after = 0;
  for (const auto& l : f.literals) {
    REQUIRE(l.offset >= after);
    REQUIRE(f.text.at(l.offset) == '{');
    const auto octets = f.text.find("\r\n", l.offset);
    REQUIRE(octets != std::string::npos);
    after = octets + 2 + (l.streamed ? 0 : static_cast<std::size_t>(l.size));
    REQUIRE(after <= f.text.size());
  }
}

void check_bodies(const test::received_frame& f) {
  for (const auto& b : f.bodies) REQUIRE(b.ended);
  if (!f.parsed) return;
  const auto* fetch = std::get_if<fetch_data>(&*f.parsed);
  if (fetch == nullptr) {
    REQUIRE(f.bodies.empty());
    return;
  }
  std::vector<body_section> items;
  for (const auto& item : fetch->bodies) {
    if (item.streamed) items.push_back(item.section);
  }
  std::vector<body_section> events;
  for (const auto& b : f.bodies) events.push_back(b.section);
  REQUIRE(items == events);
}

void check(const received_stream& received, const limits& bounds) {
  REQUIRE(received.partial_text.size() <= bounds.response + 2);
  for (const auto& f : received.frames) {
    REQUIRE(f.text.size() <= bounds.response + 2);
    REQUIRE(f.literals.size() <= bounds.literals);
    check_literals(f);
    check_bodies(f);
    if (f.parsed) continue;
    REQUIRE(f.parsed.error().reach == scope::message);
    const auto code = f.parsed.error().code;
    REQUIRE((code == errc::malformed_response || code == errc::limit_exceeded));
  }
  if (!received.failure) return;
  REQUIRE(received.failure->reach == scope::connection);
  REQUIRE((received.failure->code == errc::malformed_response || received.failure->code == errc::limit_exceeded));
}

}  // namespace

TEST_CASE("OIMAP-2.1.3 damaged streams give responses or errors, within the limits, however they are cut") {
  const auto bounds = small_limits();
  std::size_t understood = 0;
  std::size_t refused = 0;
  std::size_t lost = 0;
  for (std::uint32_t seed = 0; seed < rounds; ++seed) {
    mutator m(seed);
    const auto stream = m.stream();
    const auto tolerated = m.tolerated();
    CAPTURE(seed);
    CAPTURE(stream);
    const auto received = receive(stream, {}, bounds, tolerated);
    check(received, bounds);
    REQUIRE(outline(receive(stream, m.cuts(stream.size()), bounds, tolerated)) == outline(received));
    for (const auto& f : received.frames) ++(f.parsed ? understood : refused);
    lost += received.failure ? 1 : 0;
  }
  // The damage must reach every way out, else the test shows nothing.
  CHECK(understood > rounds / 2);
  CHECK(refused > rounds / 8);
  CHECK(lost > rounds / 40);
}
