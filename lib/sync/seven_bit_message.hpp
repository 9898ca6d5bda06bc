// A message as it may go out: in 7 bits (OIMAP-V0013, V0014).
#pragma once

#include <string>
#include <string_view>

#include "outmap/error.hpp"

namespace outmap::sync {

/// The message with CRLF line ends and no octet over 127 and no NUL. Parts that need no change keep their octets:
///
///  * text with 8-bit octets becomes quoted-printable, or base64 where that would double it;
///  * any other part with 8-bit octets or NUL, or of binary encoding, becomes base64 of exactly its octets;
///  * a message/rfc822 stays as it is and what is in it is treated alike (RFC 2046 5.2.1 forbids to encode it);
///  * in the header, words in UTF-8 become encoded words (RFC 2047) in the fields of free text and in the names of
///    addresses, and values in UTF-8 of Content-Type and Content-Disposition parameters become those of RFC 2231;
///  * a part without Content-Type that had 8-bit text gets text/plain with charset=utf-8 where it is UTF-8 (else
///    unknown-8bit), and the whole message a MIME-Version.
///
/// A missing To, From, Date or any other field stays missing (OIMAP-V0046). errc::unencodable, with the reason, where
/// this would guess or harm: 8-bit octets within multipart/signed, in addresses and other structured fields, in a
/// header that is not UTF-8, in the text around the parts of a multipart, in a part of unknown or base64 encoding, or
/// of a message/… type other than rfc822. errc::limit_exceeded as outline_of(). Pure; linear in the octets.
result<std::string> to_seven_bit(std::string_view message);

}  // namespace outmap::sync
