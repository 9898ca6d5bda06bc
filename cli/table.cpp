#include "cli/table.hpp"

#include <algorithm>
#include <numeric>

#include "cli/output.hpp"
#include "cli/text_width.hpp"

namespace outmap::cli {
namespace {

constexpr std::string_view gap = "  ";

}  // namespace

std::vector<std::size_t> table::widths(std::size_t available) const {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t w = width_of(columns_[i].heading);
    for (const auto& row : rows_) w = std::max(w, width_of(row[i]));
    out.push_back(w);
  }
  if (available == 0 || columns_.empty()) return out;
  std::size_t all = std::accumulate(out.begin(), out.end(), gap.size() * (out.size() - 1));
  while (all > available) {
    std::size_t widest = out.size();
    for (std::size_t i = 0; i < out.size(); ++i) {
      const bool gives = columns_[i].least > 0 && out[i] > columns_[i].least;
      if (gives && (widest == out.size() || out[i] > out[widest])) widest = i;
    }
    if (widest == out.size()) break;
    --out[widest];
    --all;
  }
  return out;
}

std::vector<std::string> table::lines(std::size_t width) const {
  const auto w = widths(width);
  const auto line = [&](const auto& text_of) {
    std::string out;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const bool last = i + 1 == columns_.size();
      const std::string& text = text_of(i);
      if (columns_[i].side == align::right) {
        out += padded_left(text, w[i]);
      } else {
        out += last ? fitted(text, w[i]) : padded(text, w[i]);
      }
      if (!last) out += gap;
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
  };
  std::vector<std::string> out;
  out.push_back(line([&](std::size_t i) -> const std::string& { return columns_[i].heading; }));
  for (const auto& row : rows_) out.push_back(line([&](std::size_t i) -> const std::string& { return row[i]; }));
  return out;
}

void print_table(output& out, const table& content) {
  const auto lines = content.lines(out.width());
  out.print_heading(lines.front());
  for (std::size_t i = 1; i < lines.size(); ++i) out.print(lines[i]);
}

}  // namespace outmap::cli
