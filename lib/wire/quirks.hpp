// Every tolerance of the wire layer by name, so that it can be tested and switched off one by one.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace outmap::wire {

/// Each is a departure from the RFC 3501 grammar that a server is known or documented to show; the table in quirks.cpp
/// names the server and the row (XIMAP-2.1.5 in the main).
enum class quirk : std::uint32_t {
  bare_lf = 1u << 0,             ///< a line ends in LF alone
  loose_spacing = 1u << 1,       ///< doubled spaces, TAB, spaces inside parentheses and before CRLF
  missing_text = 1u << 2,        ///< "a OK" with nothing after it
  unquoted_name = 1u << 3,       ///< a name or delimiter with specials and no quotes, the name to the line's end
  unescaped_quote = 1u << 4,     ///< a quote or backslash inside a quoted string, not escaped
  odd_date = 1u << 5,            ///< INTERNALDATE without quotes, zone, or the space before a day of one digit
  bare_continuation = 1u << 6,   ///< "+" without the space, with or without a text
  empty_list_item = 1u << 7,     ///< nothing where the grammar wants an element: "FETCH ()", "CAPABILITY" alone
  odd_flag = 1u << 8,            ///< a flag or LIST attribute in quotes; a flag that is none is dropped alone
  eight_bit = 1u << 9,           ///< octets over 127 in quoted strings, mailbox names and keywords
  blank_line = 1u << 10,         ///< a line of nothing, or of spaces and tabs, between responses
  tab_in_name = 1u << 11,        ///< TAB inside a name that is not quoted
  nil_list = 1u << 12,           ///< NIL for an empty list in parentheses
  quoted_number = 1u << 13,      ///< a number in quotes
  odd_code = 1u << 14,           ///< a response code that is no atom: [Error="a ] b" Proxy=c]
};

class quirks {
 public:
  static quirks all() { return quirks(~std::uint32_t{0}); }
  static quirks none() { return quirks(0); }
  [[nodiscard]] bool tolerates(quirk q) const { return (bits_ & static_cast<std::uint32_t>(q)) != 0; }
  [[nodiscard]] quirks without(quirk q) const { return quirks(bits_ & ~static_cast<std::uint32_t>(q)); }

 private:
  explicit quirks(std::uint32_t bits) : bits_(bits) {}
  std::uint32_t bits_;
};

/// One row of the table of tolerances, for documentation and for option texts.
struct quirk_entry {
  quirk id;
  std::string_view name;      ///< as the enumerator is spelled
  std::string_view servers;   ///< who does it
  std::string_view row;       ///< row id of the profile that documents it
};

/// All quirks, in the order of their bits.
std::span<const quirk_entry> quirk_table() noexcept;

/// Name of one quirk; empty for a value that is no single quirk.
std::string_view quirk_name(quirk q) noexcept;

}  // namespace outmap::wire
