// The response a listing consists of, in the spelling that nearly every server gives it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace outmap::wire {

/// "* n FETCH (UID u FLAGS (\Seen …))" with system flags alone.
struct flags_line {
  std::uint32_t number = 0;  ///< not 0
  std::uint32_t uid = 0;     ///< not 0
  std::uint8_t flags = 0;    ///< as flag_set::system_bits()
};

/// `line` if it is spelled octet for octet so; what it says is then what the grammar finds in it. Nothing for every
/// other line, right or wrong: that is for the grammar to judge. A mailbox has as many of these lines as messages, and
/// the rules of the grammar took half of what a sync without changes costs.
std::optional<flags_line> usual_flags_line(std::string_view line);

}  // namespace outmap::wire
