#include "sync/tree_changes.hpp"

#include <map>
#include <set>

namespace outmap::sync {

tree_changes compare_trees(const std::vector<cache::known_folder>& known, const std::vector<listed_mailbox>& listed) {
  std::map<mailbox_name, const cache::listed_folder*> before;
  for (const auto& f : known) before.emplace(f.listed.mailbox, &f.listed);
  tree_changes out;
  std::set<mailbox_name> now;
  for (const auto& m : listed) {
    now.insert(m.folder.mailbox);
    const auto at = before.find(m.folder.mailbox);
    if (at == before.end())
      out.fresh.push_back(m.folder);
    else if (*at->second != m.folder)
      out.changed.push_back(m.folder);
  }
  for (const auto& f : known) {
    if (!now.contains(f.listed.mailbox)) out.gone.push_back(f.listed);
  }
  return out;
}

}  // namespace outmap::sync
