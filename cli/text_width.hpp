// Text and the columns it takes on a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace outmap::cli {

/// Columns of printable UTF-8: 2 for wide characters, 0 for combining ones. Call set_up_locale() first.
std::size_t width_of(std::string_view printable_text);

/// The text in at most `columns` columns; what was cut is marked by "…".
std::string fitted(std::string_view printable_text, std::size_t columns);

/// Fitted, then filled with spaces to exactly `columns`.
std::string padded(std::string_view printable_text, std::size_t columns);
std::string padded_left(std::string_view printable_text, std::size_t columns);

}  // namespace outmap::cli
