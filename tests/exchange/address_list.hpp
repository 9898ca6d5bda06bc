// Address lists of a header (RFC 5322 section 3.4) in the form of ENVELOPE.
#pragma once

#include <string>
#include <string_view>

namespace outmap::exchange {

/// nstring of RFC 3501: NIL, a quoted string, or a literal where quotes do not do.
std::string nstring(std::string_view text, bool nil_when_empty);

/// "((name NIL mailbox host)…)"; NIL when there is no address in it. Groups have their begin and end marks.
std::string envelope_addresses(std::string_view value);

}  // namespace outmap::exchange
