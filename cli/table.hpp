// Rows of text under headings.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace outmap::cli {

class output;

enum class align { left, right };

struct column {
  std::string heading;
  align side = align::left;
  std::size_t least = 0;  ///< never narrower than this when room is scarce; 0: never shortened
};

/// Holds printable text. Widths come from the content; when the rows do not fit into `width`, the columns that
/// allow it (`least` over 0) are narrowed, widest first. The last column is not filled up.
class table {
 public:
  explicit table(std::vector<column> columns) : columns_(std::move(columns)) {}

  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  /// Lines with headings, without line ends; `width` 0: as wide as needed.
  [[nodiscard]] std::vector<std::string> lines(std::size_t width) const;

 private:
  [[nodiscard]] std::vector<std::size_t> widths(std::size_t available) const;

  std::vector<column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// Prints the table in the width of standard output, the headings set off.
void print_table(output& out, const table& content);

}  // namespace outmap::cli
