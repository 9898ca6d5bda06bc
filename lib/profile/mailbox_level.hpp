// Names that a user gives to a new mailbox.
#pragma once

#include <optional>
#include <string_view>

#include "outmap/error.hpp"
#include "outmap/types.hpp"

namespace outmap::profile {

/// The mailbox `level` (UTF-8, one level of the hierarchy) below `parent` (default: at the top). Wildcards, '#' and '&'
/// may stand in it (OIMAP-V0019, V0021). Errors: invalid_argument for an empty level, one with the hierarchy delimiter
/// (OIMAP-V0020), or a child where the server announced no delimiter; unencodable for invalid UTF-8 and control
/// characters (OIMAP-V0018).
result<mailbox_name> child_mailbox(const mailbox_name& parent, std::optional<char> delimiter, std::string_view level);

}  // namespace outmap::profile
