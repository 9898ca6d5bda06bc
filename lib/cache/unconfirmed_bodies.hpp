// Bodies whose FETCH has not got its tagged OK.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "cache/body_table.hpp"
#include "cache/database.hpp"
#include "cache/records.hpp"
#include "outmap/error.hpp"
#include "outmap/uid_set.hpp"

namespace outmap::cache {

/// They are few: those of the commands under way, and what the server goes on to refuse. What a transaction changes is
/// gathered here and written once, before it commits: most bodies come and are confirmed within one transaction, and
/// cost no row. Every function runs in the caller's transaction.
class unconfirmed_bodies {
 public:
  explicit unconfirmed_bodies(database& db);

  result<bool> contains(folder_id folder, uid which);
  result<void> add(folder_id folder, uid which);
  /// The message has lost its body, or is not there any more.
  result<void> remove(folder_id folder, const uid_set& which);

  /// An unconfirmed body has come once more: `body` with other octets, to take its place when it is confirmed.
  void keep_newer(folder_id folder, uid which, const body_table::stored& body) { newer_[{folder, which}] = body; }
  /// The same with the octets that are held.
  void keep_first(folder_id folder, uid which) { newer_.erase({folder, which}); }

  struct newer_body {
    uid which;
    body_table::stored body;
  };
  /// They are unconfirmed no more. Gives what is to take the place of what is held.
  result<std::vector<newer_body>> confirm(folder_id folder, const uid_set& which);

  /// Before a commit, and before a statement that looks into the table.
  result<void> write();
  /// Forgets the folder's, in the table too.
  result<void> clear(folder_id folder);
  void after_rollback() noexcept;

 private:
  struct of_folder {
    uid_set now;
    uid_set written;
  };

  result<of_folder*> find(folder_id folder);
  result<void> write(folder_id folder, of_folder& what);

  std::map<folder_id, of_folder> known_;
  // A process that ends before they are confirmed leaves their octets without a name: the message is asked for again.
  std::map<std::pair<folder_id, uid>, body_table::stored> newer_;
  statement all_;
  statement insert_;
  statement erase_;
  statement clear_;
};

}  // namespace outmap::cache
