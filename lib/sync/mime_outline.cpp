#include "sync/mime_outline.hpp"

#include <algorithm>
#include <utility>

#include "wire/grammar.hpp"

namespace outmap::sync {
namespace {

std::size_t next_line(std::string_view text, std::size_t from, std::size_t end) {
  const auto at = text.find('\n', from);
  return at == std::string_view::npos || at >= end ? end : at + 1;
}

std::string lower_word(std::string_view text) { return parse_parameters(text).word; }

class outliner {
 public:
  explicit outliner(std::string_view message) : message_(message) {}

  result<void> fill(mime_part& part, std::size_t depth) {
    if (depth > deepest_part || ++count_ > most_parts)
      return fail(errc::limit_exceeded, "the message has too many parts, or too many within each other");
    find_body(part);
    read_header(part);
    const bool plain = part.encoding == "7bit" || part.encoding == "8bit" || part.encoding == "binary";
    if (part.type == "message/rfc822" && plain) {
      mime_part inner;
      inner.begin = part.body;
      inner.end = part.end;
      if (auto ok = fill(inner, depth + 1); !ok) return ok;
      part.parts.push_back(std::move(inner));
    }
    if (!part.boundary.empty()) return fill_multipart(part, depth);
    return {};
  }

 private:
  void find_body(mime_part& part) const {
    part.body = part.begin;
    while (part.body < part.end) {
      const auto end = next_line(message_, part.body, part.end);
      const auto line = message_.substr(part.body, end - part.body);
      part.body = end;
      if (line == "\n" || line == "\r\n") break;
    }
  }

  void read_header(mime_part& part) const {
    const auto fields = fields_of(part.header_in(message_));
    if (const auto type = field_body(fields, "CONTENT-TYPE")) {
      const auto parsed = parse_parameters(*type);
      if (parsed.word.find('/') != std::string::npos) {
        part.typed = true;
        part.type = parsed.word;
        part.charset = parsed.parameter("charset").value_or("");
        if (part.type.starts_with("multipart/")) part.boundary = parsed.parameter("boundary").value_or("");
      }
    }
    if (const auto encoding = field_body(fields, "CONTENT-TRANSFER-ENCODING")) part.encoding = lower_word(*encoding);
    if (part.encoding.empty()) part.encoding = "7bit";
  }

  // 0: no boundary; 1: a part begins; 2: the last one has ended.
  static int boundary_kind(std::string_view line, const std::string& boundary) {
    if (!line.starts_with("--") || line.substr(2, boundary.size()) != boundary) return 0;
    line.remove_prefix(2 + boundary.size());
    const bool last = line.starts_with("--");
    if (last) line.remove_prefix(2);
    const bool blank = line.find_first_not_of(" \t\r\n") == std::string_view::npos;
    return !blank ? 0 : last ? 2 : 1;
  }

  result<void> fill_multipart(mime_part& part, std::size_t depth) {
    std::vector<mime_part> found;
    bool open = false;
    for (std::size_t at = part.body; at < part.end;) {
      const auto end = next_line(message_, at, part.end);
      const int kind = boundary_kind(message_.substr(at, end - at), part.boundary);
      if (kind != 0 && open) found.back().end = before_line_end(at, found.back().begin);
      open = kind == 1 || (open && kind == 0);
      if (kind == 1) {
        if (found.size() >= most_parts) return fail(errc::limit_exceeded, "the message has too many parts");
        found.emplace_back();
        found.back().begin = end;
        found.back().end = part.end;
      }
      at = end;
      if (kind == 2) break;
    }
    if (found.empty()) part.boundary.clear();
    for (auto& one : found) {
      if (auto ok = fill(one, depth + 1); !ok) return ok;
    }
    part.parts = std::move(found);
    return {};
  }

  [[nodiscard]] std::size_t before_line_end(std::size_t at, std::size_t begin) const {
    if (at > begin && message_[at - 1] == '\n') --at;
    if (at > begin && message_[at - 1] == '\r') --at;
    return at;
  }

  std::string_view message_;
  std::size_t count_ = 0;
};

}  // namespace

result<mime_part> outline_of(std::string_view message) {
  mime_part whole;
  whole.end = message.size();
  outliner work(message);
  if (auto ok = work.fill(whole, 0); !ok) return tl::unexpected(ok.error());
  return whole;
}

}  // namespace outmap::sync
