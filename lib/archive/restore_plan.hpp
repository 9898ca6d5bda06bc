// Which messages of a cache a folder of the server holds already.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cache/records.hpp"
#include "outmap/types.hpp"

namespace outmap::archive {

/// By what a message is known again. A server may write the other fields anew, and may add a Message-ID.
struct likeness_key {
  std::string loose;  ///< Date, as a point in time; without one Message-ID; without that all telling fields, in 7 bits
  std::string exact;  ///< that, and Message-ID, or without one all telling fields, in 7 bits
  bool operator==(const likeness_key&) const = default;
};
likeness_key likeness_key_of(std::string_view header);

/// A message of the cache.
struct held_message {
  likeness_key key;
  std::optional<internal_date> date;
  cache::digest body{};
};

/// A message of the server.
struct found_message {
  outmap::uid uid;
  likeness_key key;
  std::optional<internal_date> date;
};

/// For each of `held`, the message of `found` that it is; each of `found` is taken once. The same exact key and the
/// same INTERNALDATE (as a point in time) is the same message where all of `held` with that key have one text. Of what
/// is left with the same loose key the caller compares texts: next() names one of `found`, candidates() what it may be,
/// answer() says which it is. `held` and `found` must outlive the matching.
class restore_matching {
 public:
  restore_matching(const std::vector<held_message>& held, const std::vector<found_message>& found);

  /// Index into `found`; nothing when all is decided.
  [[nodiscard]] std::optional<std::size_t> next() const;
  /// Indices into `held`: those of the same date first.
  [[nodiscard]] std::vector<std::size_t> candidates() const;
  void answer(std::optional<std::size_t> held);

  /// Indices into `found`, for each of `held`.
  [[nodiscard]] const std::vector<std::optional<std::size_t>>& matched() const { return matched_; }

 private:
  struct group {
    std::vector<std::size_t> held;
    std::vector<std::size_t> found;
  };
  using part = std::string likeness_key::*;
  [[nodiscard]] std::map<std::string_view, group> grouped_by(part key) const;
  void match_by_date(const group& g);
  void advance();

  const std::vector<held_message>& held_;
  const std::vector<found_message>& found_;
  std::vector<group> groups_;
  std::vector<std::optional<std::size_t>> matched_;
  std::vector<bool> decided_;  // of found
  std::size_t group_ = 0;
  std::size_t at_ = 0;  // in group::found
};

}  // namespace outmap::archive
