// Encoded words in header fields (RFC 2047).
#pragma once

#include <string>
#include <string_view>

namespace outmap::mime {

/// An unfolded field body with its encoded words as UTF-8; the blanks between two of them are dropped. As lenient as
/// mail asks for: words within quotes, words longer than 75 octets, a language (RFC 2231 5), blanks in a Q word, no
/// blank between words or around them, missing '=' at the end of base64, and characters that are cut in two at the
/// seam of two words of one set. A word that cannot be decoded stays as it is. Linear in the text.
std::string decode_words(std::string_view text);

}  // namespace outmap::mime
