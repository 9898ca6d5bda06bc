// Headers that came by themselves.
#pragma once

#include <string_view>

#include "cache/database.hpp"
#include "cache/digester.hpp"
#include "cache/segment_writer.hpp"
#include "outmap/error.hpp"

namespace outmap::cache {

/// The row of table header that stands for "the one that the message's body begins with".
constexpr std::int64_t header_of_body = 0;

class header_table {
 public:
  header_table(database& db, segment_writer& mail);

  struct stored {
    std::int64_t id = 0;
    digest sum{};
  };
  /// A new row. The same header is rarely stored twice: to look for it would cost more than it saves.
  result<stored> put(std::string_view header);

 private:
  database& db_;
  segment_writer& mail_;
  digester digester_;
  statement insert_;
};

}  // namespace outmap::cache
