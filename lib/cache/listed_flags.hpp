// The flags of messages as a reader finds them.
#pragma once

#include <cstdint>
#include <optional>

#include "cache/database.hpp"
#include "cache/listed_page.hpp"
#include "outmap/error.hpp"
#include "outmap/types.hpp"

namespace outmap::cache {

/// Flags of messages of one folder where its listed pages say them (listed_page_table.hpp). Made for one reading, within
/// which the file has one state; UIDs that come in order cost one look a page.
class listed_flags {
 public:
  /// `find` is SELECT form of a folder's page and outlives this.
  listed_flags(statement& find, folder_id folder) : find_(find), folder_(folder) {}
  static constexpr const char* find_sql = "SELECT form FROM listed_page WHERE folder = ?1 AND page = ?2";

  /// Nothing: its row says them.
  result<std::optional<flag_set>> of(uid which);

 private:
  statement& find_;
  folder_id folder_;
  std::optional<std::uint32_t> page_;
  std::optional<page_form> form_;
};

}  // namespace outmap::cache
