// The text of an HTML page.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace outmap::mime {

struct html_outcome {
  std::string text;   ///< UTF-8; lines end in "\n"
  bool whole = true;  ///< false: it was longer, or nested deeper than any author does
};

/// What a browser would show of it as text: scripts, styles and comments left out, blocks on lines of their own, white
/// space collapsed save in `pre`, and behind the text of a link where it leads. `html` is UTF-8. At most `most` octets.
/// Nothing is loaded, neither scripts nor styles run.
html_outcome text_of_html(std::string_view html, std::size_t most);

}  // namespace outmap::mime
