// Where each mailbox of an account goes below the target of an export.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cache/records.hpp"

namespace outmap::archive {

/// Levels of folders below the target. Deeper names keep their rest, delimiters included, in the last component, so
/// that no name of a server makes a path that other programs cannot open.
constexpr std::size_t deepest_path = 16;

/// Components of a path, outermost first; never empty.
using local_path = std::vector<std::string>;

/// For each of `folders`, in their order, a path of its own: different mailboxes never share one, not even where case
/// is ignored. The name is split at the folder's delimiter, each level decoded for people and made safe by
/// local_name(). Of levels that would clash (by case, by another spelling in modified UTF-7, by another delimiter)
/// the one whose folder came into the cache first keeps the name, each other ends in digest_suffix() of its name on
/// the wire. Since folders never leave the cache, a path stays the same on later runs; so give all folders, also
/// those that are not exported.
std::vector<local_path> folder_paths(const std::vector<cache::folder_record>& folders);

/// The same as one component, as Maildir++ has it: ".Level.Level", with '.' and '%' in a level as %2E and %25; of INBOX
/// nothing.
local_path maildirpp_path(const local_path& levels);
/// The levels of such a component, whoever wrote it.
local_path levels_of_maildirpp(std::string_view component);

}  // namespace outmap::archive
