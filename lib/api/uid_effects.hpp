// What queued changes do to the messages of a mailbox.
#pragma once

#include <cstdint>
#include <map>

#include "outmap/queued_change.hpp"
#include "outmap/types.hpp"
#include "outmap/uid_set.hpp"

namespace outmap {

/// One change after the other, taken together.
struct uid_effect {
  flag_change flags;
  bool purged = false;

  void then(const uid_effect& next);
  friend bool operator==(const uid_effect&, const uid_effect&) = default;
};

/// An effect for each UID. Its size grows with the ranges that were applied, not with the UIDs in them.
class uid_effects {
 public:
  /// O(ranges of the set that is applied + ranges that are there within its bounds), each with a logarithm.
  void apply(const uid_set& to, const uid_effect& what);
  [[nodiscard]] uid_effect at(uid which) const;
  [[nodiscard]] uid_set purged() const;

 private:
  /// The entry that begins at `first`, made if there is none.
  std::map<std::uint64_t, uid_effect>::iterator split_at(std::uint64_t first);

  // Each holds from its key up to the next one; 64 bits, so that there is a UID after the last one.
  std::map<std::uint64_t, uid_effect> from_ = {{0, {}}};
};

}  // namespace outmap
