// Builds RFC 5322 messages with MIME parts, 7-bit throughout.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "outmap/types.hpp"

namespace outmap::exchange {

struct sample_person {
  std::string name;  ///< UTF-8
  std::string address;
};

enum class sample_encoding { seven_bit, quoted_printable, base64 };

struct sample_attachment {
  std::string name;  ///< UTF-8
  std::string type;  ///< "text/csv"
  std::string octets;
};

struct sample_message {
  sample_person from;
  std::vector<sample_person> to;
  std::string subject;  ///< UTF-8
  internal_date date;
  std::string id;                       ///< without angle brackets
  std::vector<std::string> references;  ///< ids, oldest first
  std::string text;                     ///< UTF-8, lines end in LF
  sample_encoding text_encoding = sample_encoding::quoted_printable;
  bool html = false;  ///< a second form of the text, as multipart/alternative
  std::vector<sample_attachment> attachments;
  std::string boundary;  ///< unique; used when there is more than one part
};

/// The whole message with CRLF line ends. No octet is over 127, no line longer than 998 octets.
std::string to_octets(const sample_message& message);

/// RFC 2047 encoded words, folded, unless the text is ASCII.
std::string encoded_header_text(std::string_view utf8);
std::string quoted_printable(std::string_view text);
std::string base64_lines(std::string_view octets);
/// "Fri, 21 Nov 2014 09:55:06 +0100"
std::string header_date(internal_date date);

}  // namespace outmap::exchange
