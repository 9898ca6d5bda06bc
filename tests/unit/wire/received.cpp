#include "received.hpp"

#include <doctest/doctest.h>

#include <numeric>
#include <span>
#include <type_traits>

namespace outmap::wire::test {
namespace {

void take(framer& in, std::span<const char> piece, const limits& bounds, quirks tolerated, received_stream& out) {
  while (true) {
    switch (in.next(piece)) {
      case framer::event::need_input: REQUIRE(piece.empty()); return;
      case framer::event::failed: out.failure = in.failure(); return;
      case framer::event::frame:
        out.frames.push_back({in.current().text, in.current().literals, std::move(out.unfinished),
                              parse(in.current(), bounds, tolerated)});
        out.unfinished.clear();
        REQUIRE(in.at_boundary());
        break;
      case framer::event::body_begin: out.unfinished.push_back({in.section(), in.body_size(), "", false}); break;
      case framer::event::body_data:
        REQUIRE_FALSE(in.data().empty());
        out.unfinished.back().octets.append(in.data().data(), in.data().size());
        break;
      case framer::event::body_end:
        out.unfinished.back().ended = true;
        REQUIRE(out.unfinished.back().octets.size() == out.unfinished.back().announced);
        break;
    }
  }
}

std::string outline(const std::vector<received_body>& bodies) {
  std::string out;
  for (const auto& b : bodies) {
    out += b.section == body_section::full ? " full{" : " header{";
    out += std::to_string(b.announced) + (b.ended ? "}=" : "}~") + b.octets;
  }
  return out;
}

std::string number(const char* name, std::optional<std::uint64_t> value) {
  return value ? std::string(" ") + name + "=" + std::to_string(*value) : std::string();
}

struct describe {
  std::string operator()(const status_response& r) const {
    return "status tag=" + r.tag + number("condition", static_cast<unsigned>(r.condition)) +
           number("code", static_cast<unsigned>(r.code.kind)) + ":" + r.code.name + number("number", r.code.number) +
           " text=" + r.text;
  }
  std::string operator()(const continuation_request& r) const { return "continue " + r.text; }
  std::string operator()(const capability_data& r) const {
    std::string out = "capability";
    for (const auto& name : r.names) out += " " + name;
    return out;
  }
  std::string operator()(const list_data& r) const {
    std::string out = r.lsub ? "lsub (" : "list (";
    for (const auto& attribute : r.attributes) out += attribute + ",";
    out += std::string(")") + (r.noselect ? " noselect" : "") + (r.noinferiors ? " noinferiors" : "");
    return out + (r.delimiter ? std::string(" ") + *r.delimiter : " NIL") + " " + r.mailbox.wire();
  }
  std::string operator()(const status_data& r) const {
    return "status " + r.mailbox.wire() + number("unseen", r.unseen);
  }
  std::string operator()(const exists_data& r) const { return "exists" + number("count", r.count); }
  std::string operator()(const expunge_data& r) const { return "expunge" + number("number", r.number.value); }
  std::string operator()(const fetch_data& r) const {
    auto out = "fetch" + number("number", r.number.value);
    if (r.uid) out += number("uid", r.uid->value);
    if (r.flags) out += " flags=(" + r.flags->to_string() + ")";
    out += number("size", r.size);
    if (r.date) out += " date=" + std::to_string(r.date->unix_seconds) + "/" + std::to_string(r.date->zone_minutes);
    for (const auto& b : r.bodies) {
      out += b.section == body_section::full ? " full" : " header";
      out += std::string(b.streamed ? "/streamed" : "") + (b.partial ? "/partial" : "") + "=" + b.text.value_or("NIL");
    }
    return out;
  }
  std::string operator()(const ignored_data& r) const { return "ignored " + r.name; }
};

}  // namespace

received_stream receive(std::string_view stream, const std::vector<std::size_t>& cuts, const limits& bounds,
                        quirks tolerated) {
  framer in(bounds, tolerated);
  received_stream out;
  std::size_t begin = 0;
  const auto feed = [&](std::size_t end) {
    // A copy of its own, so that the sanitizer sees a view that outlives its input.
    const std::vector<char> piece(stream.begin() + static_cast<std::ptrdiff_t>(begin),
                                  stream.begin() + static_cast<std::ptrdiff_t>(end));
    take(in, piece, bounds, tolerated, out);
    begin = end;
  };
  for (const auto cut : cuts) feed(cut);
  feed(stream.size());
  out.at_boundary = in.at_boundary();
  out.partial_text = in.partial_text();
  return out;
}

std::string outline(const result<response>& parsed) {
  return parsed ? std::visit(describe{}, *parsed) : "error " + parsed.error().message();
}

std::string outline(const received_stream& received) {
  std::string out;
  for (const auto& f : received.frames) {
    out += f.text + "\n =>" + outline(f.bodies);
    for (const auto& l : f.literals) {
      out += " {" + std::to_string(l.offset) + "," + std::to_string(l.size) + (l.streamed ? ",streamed" : "") +
             (l.discarded ? ",discarded" : "") + "}";
    }
    out += " => " + outline(f.parsed) + "\n";
  }
  out += outline(received.unfinished);
  if (received.failure) out += "failed: " + received.failure->message();
  return out;
}

void check_every_cut(std::string_view stream, quirks tolerated) {
  const auto whole = outline(receive(stream, {}, {}, tolerated));
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    CAPTURE(cut);
    REQUIRE(outline(receive(stream, {cut}, {}, tolerated)) == whole);
  }
  std::vector<std::size_t> octets(stream.size());
  std::iota(octets.begin(), octets.end(), std::size_t{0});
  REQUIRE(outline(receive(stream, octets, {}, tolerated)) == whole);
}

result<response> parse_one(std::string_view stream, quirks tolerated, const limits& bounds) {
  auto received = receive(stream, {}, bounds, tolerated);
  if (received.failure) return tl::unexpected(*received.failure);
  REQUIRE(received.frames.size() == 1);
  REQUIRE(received.at_boundary);
  return std::move(received.frames.front().parsed);
}

}  // namespace outmap::wire::test
