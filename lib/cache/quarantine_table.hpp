// Messages that cannot be had for now.
#pragma once

#include <string_view>

#include "cache/database.hpp"
#include "cache/records.hpp"
#include "outmap/error.hpp"

namespace outmap::cache {

class quarantine_table {
 public:
  explicit quarantine_table(database& db);

  /// Counts one more try; first_seen stays.
  result<void> put(folder_id folder, uid which, std::string_view reason, std::int64_t now);
  result<void> clear(folder_id folder, uid_range range);
  result<bool> any(folder_id folder);

 private:
  statement put_;
  statement clear_;
  statement any_;
};

}  // namespace outmap::cache
