// A message as people read it: MIME taken apart, text decoded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "outmap/visibility.hpp"

namespace outmap OUTMAP_PUBLIC {

/// What one message may cost. What lies beyond is left out, and `whole` of the outcome says so.
struct readable_limits {
  std::size_t octets = std::size_t{32} << 20;  ///< of the message that are looked at
  std::size_t text = std::size_t{4} << 20;     ///< octets of decoded text
  std::size_t parts = 1000;
  unsigned depth = 32;  ///< of multiparts and messages within each other
};

/// A part that is not shown as text.
struct attachment {
  std::string name;          ///< as the sender named it; may be empty; hostile, and no path to write to
  std::string type;          ///< "application/pdf", in lower case
  std::uint64_t octets = 0;  ///< decoded, about
};

/// All texts are UTF-8 and hostile: pass them through printable() before a terminal sees them.
struct readable_message {
  // Header fields, unfolded, encoded words decoded (RFC 2047); of several fields of one name the first.
  std::string from;
  std::string to;
  std::string cc;
  std::string bcc;
  std::string subject;
  std::string date;  ///< as written
  std::string message_id;
  /// The parts that are text, in order, lines ended by "\n". Of alternatives the plain one, unless it is empty or says
  /// much less than the HTML; HTML as its text. Messages within the message begin with a few of their header fields.
  std::string text;
  std::vector<attachment> attachments;
  bool whole = true;  ///< nothing was left out
};

/// Takes a message apart (RFC 2045 to 2049, 2231). Never fails: of a malformed message comes what can be made out. Time
/// and memory are linear in `octets`, up to the limits. Any thread.
readable_message make_readable(std::string_view octets, const readable_limits& limits = {});

}  // namespace OUTMAP_PUBLIC
