// A set of UIDs as ascending, disjoint, non-adjacent ranges.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "outmap/types.hpp"
#include "outmap/visibility.hpp"

namespace outmap OUTMAP_PUBLIC {

/// Both ends included.
struct uid_range {
  uid first;
  uid last;
  friend bool operator==(const uid_range&, const uid_range&) = default;
};

/// Appending in ascending order is O(1); any other insertion is linear in the number of ranges.
class uid_set {
 public:
  void add(uid u) { add({u, u}); }
  void add(uid_range range);
  void add(const uid_set& other);

  [[nodiscard]] bool empty() const { return ranges_.empty(); }
  [[nodiscard]] bool contains(uid u) const;
  /// Number of UIDs, not of ranges.
  [[nodiscard]] std::uint64_t size() const;
  [[nodiscard]] const std::vector<uid_range>& ranges() const { return ranges_; }
  [[nodiscard]] std::vector<uid> to_vector() const;
  /// What is in this set and not in `other`; linear in the number of ranges of both.
  [[nodiscard]] uid_set without(const uid_set& other) const;

  /// RFC 3501 sequence-set, for example "1:4,7,9:12".
  [[nodiscard]] std::string to_string() const;

  /// The same set in pieces whose to_string() is at most `max_octets` and that hold at most `max_uids` each
  /// (NTLM-PB3: Exchange refuses a command past 10,240 characters).
  [[nodiscard]] std::vector<uid_set> split(std::size_t max_octets, std::uint64_t max_uids = UINT64_MAX) const;

  friend bool operator==(const uid_set&, const uid_set&) = default;

 private:
  std::vector<uid_range> ranges_;
};

}  // namespace outmap
