// RFC 3676: paragraphs that were sent in short lines.
#pragma once

#include <string>
#include <string_view>

namespace outmap::mime {

/// Joins the lines of `text` (lines end with LF alone) that its sender broke: a line that ends with a space goes on in
/// the next one of the same quote depth. With `delete_space` (DelSp=yes) that space was put there by the break. Space
/// stuffing is taken off; quoted paragraphs begin with their ">" and a space. The line before a signature, "-- ", stands
/// alone. Linear; the result has at most one octet a line more.
std::string join_flowed(std::string_view text, bool delete_space);

}  // namespace outmap::mime
