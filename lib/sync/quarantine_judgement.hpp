// Which messages of a quarantine a run asks for. Pure but for what it reads of the cache.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "cache/reader.hpp"
#include "outmap/error.hpp"
#include "outmap/uid_set.hpp"

namespace outmap::sync {

/// What a listing says of the cached folder.
struct quarantine_listing {
  const uid_set& vanished;
  const uid_set& missing;  ///< listed, and not here as they are wanted: bodies, or headers where these are enough
  bool whole = true;       ///< false: only what is new was listed, or not all that there is
  bool bodies = true;      ///< bodies are wanted
  const uid_set& unconfirmed;
};

/// What follows for this run.
struct quarantine_judgement {
  uid_set ask;    ///< besides what is missing anyway
  uid_set leave;  ///< not to be asked for this time
  uid_set stand_ins;
  uid_set over;  ///< not there any more: their entries go
};

/// In front of the reason for a message that is never asked for again.
inline constexpr std::string_view too_large = "too large: ";

/// `now` in Unix seconds; `all`: whether their time has come or not. Errors: those of cache::reader.
result<quarantine_judgement> judge_quarantine(cache::reader& from, cache::folder_id folder,
                                              const std::vector<cache::quarantine_record>& records,
                                              const quarantine_listing& seen, std::int64_t now, bool all);

}  // namespace outmap::sync
