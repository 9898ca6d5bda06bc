// What a parser of MIME may be given.
#pragma once

#include <cstddef>
#include <string_view>

namespace outmap::mime {

/// How much of `message`, from its beginning, a parser may be given: GMime makes objects of each header field, each
/// address and each part, up to two hundred times as large as their octets, and compares what looks like a delimiter
/// (RFC 2046 5.1.1) with those of all multiparts around it. Ends before a line that would be one too many: of fields,
/// of delimiters (ten times `parts`), of encoded words in a field, or of octets in fields. What may be taken for a
/// header by a parser counts as one, so that a text may count as well; bodies, however large, do not. Linear.
std::size_t affordable(std::string_view message, std::size_t parts);

}  // namespace outmap::mime
