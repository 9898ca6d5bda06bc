// Drives framer and parser over text and writes down what came, for the tests of the wire layer.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "wire/framer.hpp"
#include "wire/parser.hpp"

namespace wire_test {

using namespace outmap;

inline std::string describe(const wire::response& r) {
  struct visitor {
    std::ostringstream out;
    void operator()(const wire::status_response& s) {
      out << "status tag=" << s.tag << " condition=" << static_cast<int>(s.condition) << " code=" << static_cast<int>(s.code.kind)
          << '/' << s.code.name << '/' << s.code.number << " text=" << s.text;
    }
    void operator()(const wire::continuation_request& c) { out << "continuation text=" << c.text; }
    void operator()(const wire::capability_data& c) {
      out << "capability";
      for (const auto& name : c.names) out << ' ' << name;
    }
    void operator()(const wire::list_data& l) {
      out << (l.lsub ? "lsub" : "list") << " noselect=" << l.noselect << " noinferiors=" << l.noinferiors << " delimiter=";
      if (l.delimiter) out << *l.delimiter;
      out << " name=" << l.mailbox.wire() << " attributes=";
      for (const auto& name : l.attributes) out << name << ',';
    }
    void operator()(const wire::status_data& s) {
      out << "status-data name=" << s.mailbox.wire() << " unseen=";
      if (s.unseen) out << *s.unseen;
    }
    void operator()(const wire::exists_data& e) { out << "exists " << e.count; }
    void operator()(const wire::expunge_data& e) { out << "expunge " << e.number.value; }
    void operator()(const wire::ignored_data& i) { out << "ignored " << i.name; }
    void operator()(const wire::fetch_data& f) {
      out << "fetch " << f.number.value;
      if (f.uid) out << " uid=" << f.uid->value;
      if (f.flags) out << " flags=(" << f.flags->to_string() << ')';
      if (f.size) out << " size=" << *f.size;
      if (f.date) out << " date=" << f.date->unix_seconds << '/' << f.date->zone_minutes;
      for (const auto& b : f.bodies) {
        out << (b.section == wire::body_section::full ? " full" : " header") << (b.streamed ? " streamed" : "")
            << (b.partial ? " partial" : "");
        if (b.text) out << " text=" << *b.text;
      }
    }
  } v;
  std::visit(v, r);
  return v.out.str();
}

/// What came out of a stream, independent of how the stream was cut.
struct record {
  std::vector<std::string> lines;
  bool at_boundary = false;
  bool failed = false;
  std::size_t bodies_unaccounted = 0;   ///< body events that the response of the same frame does not own
};

/// A framer with a notebook.
class recorder {
 public:
  explicit recorder(const limits& bounds = {}, wire::quirks tolerated = wire::quirks::all())
      : bounds_(bounds), tolerated_(tolerated), framer_(bounds, tolerated) {}

  void feed(std::string_view octets) {
    std::span<const char> input(octets.data(), octets.size());
    while (step(input)) {
    }
  }

  [[nodiscard]] record take() {
    out_.at_boundary = framer_.at_boundary();
    return out_;
  }
  [[nodiscard]] const wire::framer& framer() const { return framer_; }

 private:
  bool step(std::span<const char>& input) {
    using event = wire::framer::event;
    switch (framer_.next(input)) {
      case event::need_input:
        return false;
      case event::failed:
        if (!out_.failed) out_.lines.push_back("failed " + framer_.failure().detail);
        out_.failed = true;
        return false;
      case event::body_begin:
        body_.clear();
        ++begun_;
        out_.lines.push_back("begin " + std::to_string(static_cast<int>(framer_.section())) + ' ' + std::to_string(framer_.body_size()));
        return true;
      case event::body_data:
        body_.append(framer_.data().data(), framer_.data().size());
        return true;
      case event::body_end:
        out_.lines.push_back("body " + body_);
        return true;
      case event::frame:
        frame();
        return true;
    }
    return false;
  }

  void frame() {
    const auto parsed = wire::parse(framer_.current(), bounds_, tolerated_);
    out_.lines.push_back(parsed ? describe(*parsed) : "dropped " + parsed.error().detail);
    std::size_t owned = 0;
    if (parsed && std::holds_alternative<wire::fetch_data>(*parsed)) {
      const auto& bodies = std::get<wire::fetch_data>(*parsed).bodies;
      owned = static_cast<std::size_t>(std::count_if(bodies.begin(), bodies.end(), [](const auto& b) { return b.streamed; }));
    }
    if (parsed && owned != begun_) ++out_.bodies_unaccounted;
    begun_ = 0;
  }

  limits bounds_;
  wire::quirks tolerated_;
  wire::framer framer_;
  record out_;
  std::string body_;
  std::size_t begun_ = 0;
};

inline record run(std::string_view stream, const limits& bounds = {}, wire::quirks tolerated = wire::quirks::all()) {
  recorder r(bounds, tolerated);
  r.feed(stream);
  return r.take();
}

inline record run_by_octet(std::string_view stream, const limits& bounds = {}, wire::quirks tolerated = wire::quirks::all()) {
  recorder r(bounds, tolerated);
  for (std::size_t i = 0; i < stream.size(); ++i) r.feed(stream.substr(i, 1));
  return r.take();
}

/// The one response that `line` (without CRLF, literals allowed) is.
inline result<wire::response> parse_line(std::string_view line, wire::quirks tolerated = wire::quirks::all(), const limits& bounds = {}) {
  using event = wire::framer::event;
  wire::framer f(bounds, wire::quirks::all());
  const auto stream = std::string(line) + "\r\n";
  std::span<const char> input(stream.data(), stream.size());
  while (true) {
    const auto e = f.next(input);
    if (e == event::frame) break;
    if (e == event::failed) return tl::unexpected(f.failure());
    if (e == event::need_input) return fail(errc::internal, "no whole response");
  }
  return wire::parse(f.current(), bounds, tolerated);
}

/// describe() of it, or "" if it was refused.
inline std::string parsed(std::string_view line, wire::quirks tolerated = wire::quirks::all()) {
  const auto r = parse_line(line, tolerated);
  return r ? describe(*r) : std::string();
}

/// The response as a T; fails by exception, which doctest reports.
template <class T>
T as(std::string_view line, wire::quirks tolerated = wire::quirks::all()) {
  return std::get<T>(parse_line(line, tolerated).value());
}

}  // namespace wire_test
