// What the wire layer makes of a stream, in a form that two runs can be compared by.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "outmap/error.hpp"
#include "outmap/limits.hpp"
#include "wire/framer.hpp"
#include "wire/parser.hpp"

namespace outmap::wire::test {

/// One streamed literal.
struct received_body {
  body_section section = body_section::full;
  std::uint64_t announced = 0;
  std::string octets;
  bool ended = false;
  friend bool operator==(const received_body&, const received_body&) = default;
};

/// One frame with the bodies that came while it was being received.
struct received_frame {
  std::string text;
  std::vector<literal> literals;
  std::vector<received_body> bodies;
  result<response> parsed = fail(errc::internal);
};

struct received_stream {
  std::vector<received_frame> frames;
  std::vector<received_body> unfinished;  ///< of the response that was cut off
  std::optional<error> failure;
  bool at_boundary = false;
  std::string partial_text;  ///< when the input ended or the framer failed
};

/// Feeds `stream` in pieces that end at `cuts` (ascending) and parses every frame.
received_stream receive(std::string_view stream, const std::vector<std::size_t>& cuts = {}, const limits& bounds = {},
                        quirks tolerated = quirks::all());

/// The frames and bodies as text, the same for two runs if and only if they saw the same.
std::string outline(const received_stream& received);

/// Fails the test unless `stream` gives the same whole, cut into two at every octet, and octet by octet.
void check_every_cut(std::string_view stream, quirks tolerated = quirks::all());

/// A response in one line.
std::string outline(const result<response>& parsed);

/// `stream` is one response with its CRLF. Fails the test if it is not one frame.
result<response> parse_one(std::string_view stream, quirks tolerated = quirks::all(), const limits& bounds = {});

/// As parse_one, for a response that must be a `Data`. Throws, and so fails the test, if it is not.
template <class Data>
Data expect(std::string_view stream, quirks tolerated = quirks::all(), const limits& bounds = {}) {
  return std::get<Data>(parse_one(stream, tolerated, bounds).value());
}

}  // namespace outmap::wire::test
