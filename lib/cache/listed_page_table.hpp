// Which pages of a folder are known to be as the server last listed them.
#pragma once

#include <map>
#include <vector>

#include "cache/database.hpp"
#include "cache/listed_page.hpp"
#include "outmap/error.hpp"
#include "outmap/uid_set.hpp"

namespace outmap::cache {

/// Every function runs in the caller's transaction. Whoever changes a message forgets its page in the same transaction,
/// so a page that stands here is as it was listed, whatever was interrupted since.
class listed_page_table {
 public:
  explicit listed_page_table(database& db);

  result<void> put(folder_id folder, const std::vector<listed_page>& pages);
  /// Those that hold a UID of the range. Next to nothing for a folder that has none.
  result<void> forget(folder_id folder, uid_range range);

 private:
  statement put_;
  statement forget_;
  statement any_;
  // False only while it is certain: a rollback leaves too much here, never too little.
  std::map<folder_id, bool> may_have_;
};

}  // namespace outmap::cache
