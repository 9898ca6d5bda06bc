#include "cli/text_width.hpp"

#include <wchar.h>

#include <algorithm>
#include <cstdint>

namespace outmap::cli {
namespace {

struct character {
  std::size_t octets = 1;
  std::size_t columns = 1;
};

// The text is valid UTF-8 (printable() saw to it); anything else counts as one column an octet.
character first_of(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t octets = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (octets == 1 || text.size() < octets) return {};
  auto value = static_cast<std::uint32_t>(lead & (0xffU >> (octets + 1)));
  for (std::size_t i = 1; i < octets; ++i) value = value << 6 | (static_cast<unsigned char>(text[i]) & 0x3fU);
  const int columns = ::wcwidth(static_cast<wchar_t>(value));
  return {octets, columns < 0 ? 1 : static_cast<std::size_t>(columns)};
}

}  // namespace

std::size_t width_of(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const auto c = first_of(text);
    columns += c.columns;
    text.remove_prefix(c.octets);
  }
  return columns;
}

std::string fitted(std::string_view text, std::size_t columns) {
  std::size_t used = 0;
  std::size_t at = 0;
  std::size_t with_mark = 0;  // the longest part that leaves a column for the mark
  while (at < text.size()) {
    const auto c = first_of(text.substr(at));
    if (used + c.columns > columns) return columns == 0 ? std::string() : std::string(text.substr(0, with_mark)) + "…";
    used += c.columns;
    at += c.octets;
    if (used < columns) with_mark = at;
  }
  return std::string(text);
}

std::string padded(std::string_view text, std::size_t columns) {
  auto out = fitted(text, columns);
  out.append(columns - std::min(columns, width_of(out)), ' ');
  return out;
}

std::string padded_left(std::string_view text, std::size_t columns) {
  auto out = fitted(text, columns);
  return std::string(columns - std::min(columns, width_of(out)), ' ') + out;
}

}  // namespace outmap::cli
