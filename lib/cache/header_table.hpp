// Headers, each stored once.
#pragma once

#include <string_view>

#include "cache/database.hpp"
#include "cache/digester.hpp"
#include "outmap/error.hpp"

namespace outmap::cache {

class header_table {
 public:
  explicit header_table(database& db);

  /// The row with these octets, new if there is none.
  result<std::int64_t> put(std::string_view header);

 private:
  database& db_;
  digester digester_;
  statement find_;
  statement insert_;
  statement insert_octets_;
};

}  // namespace outmap::cache
