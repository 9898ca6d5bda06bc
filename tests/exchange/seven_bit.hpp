// Messages made fit for a server that sends no octet over 127 (XIMAP-V0007).
#pragma once

#include <string>
#include <string_view>

namespace outmap::exchange {

/// Text parts that hold 8-bit octets become quoted-printable, other parts base64; words of headers become encoded words
/// (RFC 2047), in UTF-8 where that is what they are, else in ISO-8859-1. What is 7-bit already stays as it is.
std::string to_seven_bit(std::string_view octets);

}  // namespace outmap::exchange
