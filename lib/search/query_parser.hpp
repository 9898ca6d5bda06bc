// The line that a person writes, in items.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "outmap/error.hpp"

namespace outmap::search {

/// One item of a line: [-|not:] [name:] value [*].
struct item {
  std::string name;   ///< in lower case; empty: none
  std::string value;  ///< without its quotes
  bool quoted = false;
  bool prefix = false;
  bool negated = false;
  std::string written;  ///< for messages
};

/// Splits a line; a quote that is not closed reaches to its end. A name is a run of letters before a colon that is
/// followed by something other than "//": "https://x" and "Re:" are words.
std::vector<item> split_line(std::string_view line);

}  // namespace outmap::search
