// Who may include whom: the layer table of the design, and the check of one file against it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace layers {

/// One broken rule. `line` counts from 1.
struct breach {
  std::string file;
  std::size_t line = 0;
  std::string message;
};

/// Checks every include of one file. `file` is relative to the project's root with '/' between folders and begins with
/// lib/, include/ or cli/; it decides which rules hold. `text` is the file's content. In the order of the lines.
std::vector<breach> check_file(std::string_view file, std::string_view text);

}  // namespace layers
