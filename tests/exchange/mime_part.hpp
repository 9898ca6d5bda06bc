// The tree of MIME parts of a message (RFC 2045, RFC 2046), as places in its octets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "header_fields.hpp"

namespace outmap::exchange {

/// Places are offsets into the message that was parsed: header [begin, body), body [body, end).
struct mime_part {
  std::size_t begin = 0;
  std::size_t body = 0;
  std::size_t end = 0;
  std::string type;                                             ///< upper case: "TEXT"
  std::string subtype;                                          ///< upper case: "PLAIN"
  std::vector<std::pair<std::string, std::string>> parameters;  ///< of Content-Type
  std::string boundary;                                         ///< of a multipart
  std::string encoding;                                         ///< upper case: "7BIT"
  std::vector<mime_part> children;  ///< of a multipart; one, the message inside, of a MESSAGE/RFC822

  [[nodiscard]] bool is_multipart() const { return type == "MULTIPART" && !children.empty(); }
  [[nodiscard]] bool holds_message() const { return type == "MESSAGE" && subtype == "RFC822" && !children.empty(); }
  [[nodiscard]] std::string_view header_in(std::string_view octets) const { return octets.substr(begin, body - begin); }
  [[nodiscard]] std::string_view body_in(std::string_view octets) const { return octets.substr(body, end - body); }
};

/// Never fails: what is no MIME is TEXT/PLAIN. Parts below the 30th level and beyond the 2,000th are not looked into.
mime_part parse_mime(std::string_view octets);

/// The part that the numbers of a section name (RFC 3501 6.4.5); nothing when there is none. No numbers: the message.
const mime_part* part_at(const mime_part& message, std::span<const std::uint32_t> numbers);

/// The text of a FETCH section, `section` in upper case ("", "HEADER", "1.2.MIME", "HEADER.FIELDS"), `fields` of the
/// last kind. Nothing when the section is no section; empty when the message has no such part.
std::optional<std::string> section_text(std::string_view octets, std::string_view section,
                                        const std::vector<std::string>& fields);

}  // namespace outmap::exchange
