#include "mime/flowed_text.hpp"

#include <algorithm>
#include <cstddef>

namespace outmap::mime {
namespace {

constexpr std::string_view signature = "-- ";

struct flowed_line {
  std::size_t depth = 0;
  std::string_view text;
  bool goes_on = false;
};

flowed_line taken_apart(std::string_view line) {
  flowed_line out;
  out.depth = std::min(line.find_first_not_of('>'), line.size());
  out.text = line.substr(out.depth);
  if (out.text.starts_with(' ')) out.text.remove_prefix(1);
  out.goes_on = out.text.ends_with(' ') && out.text != signature;
  return out;
}

class joiner {
 public:
  explicit joiner(bool delete_space) : delete_space_(delete_space) {}

  void take(std::string_view line) {
    const auto next = taken_apart(line);
    // RFC 3676 4.5: a paragraph ends where the depth changes, whatever its last line says; and before a signature.
    const bool continued = open_ && next.depth == depth_ && next.text != signature;
    if (open_ && !continued) end_paragraph();
    if (!continued) begin_paragraph(next.depth);
    auto text = next.text;
    if (next.goes_on && delete_space_) text.remove_suffix(1);
    out_ += text;
    open_ = next.goes_on;
    if (!open_) out_ += '\n';
  }

  std::string finished() {
    if (open_) end_paragraph();
    return std::move(out_);
  }

 private:
  void begin_paragraph(std::size_t depth) {
    depth_ = depth;
    out_.append(depth, '>');
    if (depth > 0) out_ += ' ';
  }
  void end_paragraph() {
    if (!delete_space_ && out_.ends_with(' ')) out_.pop_back();
    out_ += '\n';
    open_ = false;
  }

  bool delete_space_;
  std::string out_;
  std::size_t depth_ = 0;
  bool open_ = false;  // the paragraph goes on
};

}  // namespace

std::string join_flowed(std::string_view text, bool delete_space) {
  joiner paragraphs(delete_space);
  const bool ended = text.empty() || text.ends_with('\n');
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    paragraphs.take(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  auto out = paragraphs.finished();
  if (!ended && out.ends_with('\n')) out.pop_back();
  return out;
}

}  // namespace outmap::mime
