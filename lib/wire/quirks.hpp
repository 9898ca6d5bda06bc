// Every tolerance of the parser by name, so that it can be tested and switched off one by one.
#pragma once

#include <cstdint>

namespace outmap::wire {

/// Each is a departure from the RFC 3501 grammar that a server is known or documented to show; the table in quirks.cpp
/// names the server and the row (XIMAP-2.1.5 in the main).
enum class quirk : std::uint32_t {
  bare_lf = 1u << 0,               ///< a line ends in LF alone
  loose_spacing = 1u << 1,         ///< doubled spaces, TAB, spaces inside parentheses and before CRLF (OIMAP-2.1.4)
  missing_text = 1u << 2,          ///< "a OK" with nothing after it
  unquoted_name = 1u << 3,         ///< a mailbox name with specials and no quotes, to the end of the line
  unescaped_quote = 1u << 4,       ///< a double quote inside a quoted mailbox name, not escaped (XIMAP-V0009, 2007)
  odd_date = 1u << 5,              ///< INTERNALDATE with one digit for the day and no space before it, or without zone
  bare_continuation = 1u << 6,     ///< "+" without the space (NTLM-2.2.1-04)
  empty_list_item = 1u << 7,       ///< "( \Seen  )" and "()" where the grammar wants an element
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

}  // namespace outmap::wire
