// What the program knows about the terminals it writes to.
#pragma once

#include <cstddef>

namespace outmap::cli {

/// Takes the character set of the environment; where that is not UTF-8 (cron), the classification of characters of
/// C.UTF-8, so that widths are known. Once, before any thread.
void set_up_locale() noexcept;

bool is_terminal(int descriptor) noexcept;

/// Columns of the terminal behind `descriptor`, else COLUMNS, else 80. At least 20.
std::size_t terminal_width(int descriptor) noexcept;

/// A terminal that understands more than a typewriter (TERM is set and not "dumb").
bool can_redraw(int descriptor) noexcept;

/// can_redraw() and no NO_COLOR.
bool can_colour(int descriptor) noexcept;

}  // namespace outmap::cli
