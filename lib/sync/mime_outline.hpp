// The parts of a message, where they stand.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "outmap/error.hpp"
#include "sync/header_fields.hpp"

namespace outmap::sync {

/// Octet positions in the message it was made from: the header with its empty line is [begin, body), the body is
/// [body, end). The line end before a boundary line belongs to the boundary (RFC 2046 5.1.1).
struct mime_part {
  std::size_t begin = 0;
  std::size_t body = 0;
  std::size_t end = 0;
  std::string type = "text/plain";  ///< lower case; what a part without Content-Type is
  bool typed = false;               ///< it has a Content-Type
  std::string charset;              ///< as written; empty: none
  std::string encoding = "7bit";    ///< Content-Transfer-Encoding, lower case
  std::string boundary;             ///< of a multipart whose parts were found
  std::vector<mime_part> parts;     ///< of a multipart, or the one message of a message/rfc822

  [[nodiscard]] bool is_multipart() const { return !parts.empty() && !boundary.empty(); }
  [[nodiscard]] std::string_view header_in(std::string_view message) const {
    return message.substr(begin, body - begin);
  }
  [[nodiscard]] std::string_view body_in(std::string_view message) const { return message.substr(body, end - body); }
};

/// Parts within parts, and parts in all, beyond which a message is refused.
inline constexpr std::size_t deepest_part = 50;
inline constexpr std::size_t most_parts = 10'000;

/// A multipart without a boundary, or whose boundary is never found, has no parts. A message/rfc822 whose body is
/// encoded has none. The cost is linear in the octets times the depth. Error: limit_exceeded.
result<mime_part> outline_of(std::string_view message);

}  // namespace outmap::sync
