#include <doctest/doctest.h>

#include <set>

#include "received.hpp"
#include "sample_streams.hpp"

using namespace outmap::wire;
using test::outline;
using test::receive;
using test::sample_streams;

namespace {

// Where nothing of a next response has come: behind each one, and behind the empty lines that follow it.
std::set<std::size_t> boundaries(const std::string& stream) {
  framer in;
  std::span<const char> input(stream);
  std::set<std::size_t> out = {0};
  while (true) {
    const auto e = in.next(input);
    if (e == framer::event::frame) out.insert(stream.size() - input.size());
    if (e == framer::event::need_input) break;
    REQUIRE(e != framer::event::failed);
  }
  const auto ends = out;
  for (auto end : ends) {
    while (stream.compare(end, 2, "\r\n") == 0) out.insert(end += 2);
  }
  return out;
}

}  // namespace

TEST_CASE("the samples are understood whole") {
  for (const auto& stream : sample_streams()) {
    CAPTURE(stream);
    const auto whole = receive(stream);
    CHECK_FALSE(whole.failure);
    CHECK(whole.at_boundary);
    for (const auto& f : whole.frames) {
      CAPTURE(f.text);
      CHECK_MESSAGE(f.parsed, outline(f.parsed));
    }
  }
}

TEST_CASE("a stream in two reads, or octet by octet, gives what it gives in one") {
  for (const auto& stream : sample_streams()) {
    CAPTURE(stream);
    test::check_every_cut(stream);
    test::check_every_cut(stream, quirks::none());
  }
}

TEST_CASE("a stream that ends anywhere is at a boundary exactly between responses") {
  for (const auto& stream : sample_streams()) {
    const auto ends = boundaries(stream);
    const auto whole = receive(stream);
    for (std::size_t size = 0; size <= stream.size(); ++size) {
      CAPTURE(stream.substr(0, size));
      const auto cut = receive(std::string_view(stream).substr(0, size));
      REQUIRE_FALSE(cut.failure);
      REQUIRE(cut.at_boundary == (ends.count(size) != 0));
      REQUIRE(cut.frames.size() <= whole.frames.size());
      for (std::size_t i = 0; i < cut.frames.size(); ++i)
        REQUIRE(outline(cut.frames[i].parsed) == outline(whole.frames[i].parsed));
    }
  }
}
