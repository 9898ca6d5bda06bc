// What a complete listing of the mailboxes changes in the tree that is known. Pure.
#pragma once

#include <vector>

#include "cache/records.hpp"
#include "sync/folder_listing.hpp"

namespace outmap::sync {

/// Each in the order in which it was given.
struct tree_changes {
  std::vector<cache::listed_folder> fresh;    ///< not known, or gone until now
  std::vector<cache::listed_folder> changed;  ///< known, with other attributes; as listed
  std::vector<cache::listed_folder> gone;     ///< known, and not listed
};

tree_changes compare_trees(const std::vector<cache::known_folder>& known, const std::vector<listed_mailbox>& listed);

}  // namespace outmap::sync
