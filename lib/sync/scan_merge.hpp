// What a listing of a mailbox means for its cached folder. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "cache/records.hpp"
#include "outmap/error.hpp"
#include "outmap/types.hpp"
#include "outmap/uid_set.hpp"

namespace outmap::sync {

/// One line of a listing.
struct seen_message {
  uid which;
  flag_set flags;
};

/// What must be done to make the cached folder equal to the server's.
struct folder_plan {
  uid_set new_messages;      ///< not in the cache at all
  uid_set without_header;    ///< new, or a header that never came
  uid_set without_body;      ///< new, or a body that never came
  uid_set vanished;          ///< cached, and not listed
  std::uint64_t listed = 0;  ///< messages in the listing, each counted once
  std::uint64_t flags_changed = 0;
};

/// Joins a listing, line by line as it comes, with the cached messages, page by page. Holds one page and the ranges of
/// the plan, whatever the size of the mailbox; only lines out of the order of UIDs are held as they are.
class scan_merge {
 public:
  /// The first cached messages with UIDs above `after`, ascending; none at the end.
  using state_source = std::function<result<std::vector<cache::message_state>>(uid after)>;
  using flags_listener = std::function<void(uid which, flag_set&& flags)>;

  /// Lines out of order that are held at most (limit_exceeded).
  static constexpr std::size_t most_late = 1'000'000;

  scan_merge(state_source cached, flags_listener changed) : cached_(std::move(cached)), changed_(std::move(changed)) {}

  /// A UID may come twice: the last line counts, since flags may change during a listing. After an error every further
  /// line is ignored.
  void add(uid which, flag_set&& flags);
  /// The whole plan, or what was wrong with the listing or the cache.
  result<folder_plan> finish();

 private:
  /// The cached messages one after the other.
  class cursor {
   public:
    explicit cursor(const state_source& from) : from_(from) {}
    /// Null at the end.
    result<const cache::message_state*> current();
    void advance() { ++at_; }

   private:
    const state_source& from_;
    std::vector<cache::message_state> page_;
    std::size_t at_ = 0;
    uid last_{0};
    bool ended_ = false;
  };

  void in_order(seen_message&& line);
  void take(const cache::message_state& old, seen_message&& line, bool repeated);
  void take_new(uid which);
  result<void> settle_late();
  void give_up(const error& why);

  state_source cached_;
  flags_listener changed_;
  cursor old_{cached_};
  folder_plan plan_;
  uid last_{0};
  std::vector<seen_message> late_;
  std::optional<error> failure_;
};

}  // namespace outmap::sync
