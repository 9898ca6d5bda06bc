// What one piece of work cost.
#pragma once

#include <cstdint>
#include <vector>

namespace outmap::bench {

struct figures {
  double wall = 0;             ///< seconds
  double cpu = 0;              ///< seconds, user and system, all threads
  double peak_mib = 0;         ///< resident set
  std::uint64_t octets = 0;    ///< read from the server, 0 when the work cannot tell
  std::uint64_t messages = 0;  ///< bodies that a sync fetched
};

/// The same work, round by round.
using runs = std::vector<figures>;

/// Each member's own median; throws std::invalid_argument when there is none.
figures median(const runs& all);

/// How many times the wall time of `base`: the median of the rounds' own ratios, since what else the machine does
/// changes from round to round. With unequal numbers of rounds, the ratio of the medians.
double times(const runs& what, const runs& base);

}  // namespace outmap::bench
