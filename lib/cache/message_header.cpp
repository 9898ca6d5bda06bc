#include "cache/message_header.hpp"

namespace outmap::cache {
namespace {

/// Octets of the line end that `rest` begins with, 0 if it begins with something else.
std::size_t empty_line(std::string_view rest) {
  if (rest.starts_with("\n")) return 1;
  if (rest.starts_with("\r\n")) return 2;
  return 0;
}

}  // namespace

std::optional<std::string_view> header_of(std::string_view begin, bool whole) {
  const auto head = begin.substr(0, header_bound);
  std::size_t line = 0;
  while (line < head.size()) {
    if (const auto end = empty_line(head.substr(line)); end > 0) return head.substr(0, line + end);
    const auto line_feed = head.find('\n', line);
    if (line_feed == std::string_view::npos) break;
    line = line_feed + 1;
  }
  if (!whole || head.size() < begin.size()) return std::nullopt;
  return head;
}

}  // namespace outmap::cache
