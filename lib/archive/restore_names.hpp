// Under which names the folders of a cache come back.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cache/records.hpp"
#include "outmap/error.hpp"

namespace outmap::archive {

/// The mailbox for `folder` on a server whose hierarchy delimiter is `delimiter`, below `into` (as on the wire; empty:
/// where it was). Levels keep their names; a delimiter of the server in one of them becomes '_'. errc::unencodable
/// where the server has no hierarchy and the name has levels.
result<mailbox_name> restored_name(const cache::listed_folder& folder, std::string_view into,
                                   std::optional<char> delimiter);

}  // namespace outmap::archive
