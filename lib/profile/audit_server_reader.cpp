#include "profile/audit_server_reader.hpp"

#include "wire/parser.hpp"

namespace outmap::profile {

void audit_server_reader::feed(std::string_view octets, const sink& to) {
  using event = wire::framer::event;
  std::span<const char> input(octets.data(), octets.size());
  while (true) {
    switch (framer_.next(input)) {
      case event::need_input: return;
      case event::frame:
        if (auto parsed = wire::parse(framer_.current())) to(*parsed);
        break;
      case event::failed:
        // Out of step: from here on line by line, which finds the tagged responses again.
        whole_ = false;
        return;
      default: break;
    }
  }
}

void audit_server_reader::add(const audit_line& line, const sink& to) {
  if (whole_) {
    feed(line.text, to);
    if (whole_ && line.end != line_end::none) feed(line.end == line_end::lf ? "\n" : "\r\n", to);
    return;
  }
  const bool begins = !in_piece_;
  in_piece_ = line.end == line_end::none;
  // A line longer than a piece is no status response; the last one of a file may be cut.
  if (!begins || in_piece_) return;
  wire::frame frame;
  frame.text = line.text;
  if (auto parsed = wire::parse(frame)) to(*parsed);
}

}  // namespace outmap::profile
