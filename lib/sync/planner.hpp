// What must be done to make a cached folder equal to the server's. Pure.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "cache/records.hpp"
#include "outmap/types.hpp"
#include "outmap/uid_set.hpp"

namespace outmap::sync {

/// One line of a scan.
struct seen_message {
  uid which;
  flag_set flags;
};

struct folder_plan {
  uid_set new_messages;                                ///< not in the cache at all
  uid_set without_header;                              ///< new, or a header that never came
  uid_set without_body;                                ///< new, or a body that never came
  std::vector<std::pair<uid, flag_set>> changed_flags;
  uid_set vanished;                                    ///< cached, and the server has them no more
};

/// `cached` is ascending by UID; `seen` may come in any order and name a UID twice (the last one counts, since flags
/// may change during a scan).
folder_plan plan(const std::vector<cache::message_state>& cached, std::vector<seen_message> seen);

}  // namespace outmap::sync
