// Folders: what the listings and the scans said of them.
#pragma once

#include <optional>
#include <vector>

#include "cache/database.hpp"
#include "cache/records.hpp"
#include "outmap/error.hpp"

namespace outmap::cache {

/// Every function runs in the caller's transaction.
class folder_table {
 public:
  explicit folder_table(database& db);

  /// Inserts or updates by mailbox; the folder is not gone any more.
  result<folder_id> put(const listed_folder& folder);
  result<void> mark_gone_except(const std::vector<folder_id>& listed);
  /// errc::invalid_argument if there is no such folder.
  result<uid_validity> validity(folder_id folder);
  /// Also forgets the scan: it was one of other UIDs.
  result<void> set_validity(folder_id folder, uid_validity value);
  result<void> set_scanned(folder_id folder, std::uint32_t exists, std::int64_t now);
  result<void> set_unseen(folder_id folder, std::uint32_t unseen);

  struct named_folder {
    folder_id id = 0;
    mailbox_name mailbox;
    std::optional<char> delimiter;
    bool gone = false;
  };
  /// Also those that are gone.
  result<std::vector<named_folder>> all();
  /// No other folder may have that name.
  result<void> rename(folder_id folder, const mailbox_name& to);
  /// Nothing may refer to it.
  result<void> remove(folder_id folder);

 private:
  statement put_;
  statement present_;
  statement mark_gone_;
  statement validity_;
  statement set_validity_;
  statement set_scanned_;
  statement set_unseen_;
  statement all_;
  statement rename_;
  statement remove_;
};

}  // namespace outmap::cache
