// ENVELOPE, BODY and BODYSTRUCTURE of a message (RFC 3501 7.4.2).
#pragma once

#include <string>
#include <string_view>

namespace outmap::exchange {

/// `nil_for_empty`: a Date, Subject, In-Reply-To or Message-ID that is there and empty gives NIL (XIMAP-V0057) instead
/// of an empty string.
std::string envelope_text(std::string_view octets, bool nil_for_empty);

/// `extended`: with the extension data of BODYSTRUCTURE (XIMAP-V0056), else as BODY.
std::string body_structure_text(std::string_view octets, bool extended, bool nil_for_empty);

}  // namespace outmap::exchange
