// The runs of a sync, one after the other.
#pragma once

#include "cache/database.hpp"
#include "cache/records.hpp"
#include "outmap/error.hpp"

namespace outmap::cache {

class run_table {
 public:
  explicit run_table(database& db);

  /// A run that was put before it had ended (ended_at 0) is completed; every other one is new.
  result<void> put(const run_record& run);

 private:
  database& db_;
  statement complete_;
  statement insert_;
};

}  // namespace outmap::cache
