// What a listing of a mailbox means for its cached folder. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cache/listed_page.hpp"
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
  uid_set without_date;      ///< not new; what comes with a header was never told
  uid_set vanished;          ///< cached, and not listed
  std::uint64_t listed = 0;  ///< messages in the listing, each counted once
  std::uint64_t flags_changed = 0;
  std::vector<cache::listed_page> settled;  ///< pages that equal the listing once flags and `vanished` are carried out
};

/// Joins a listing, line by line as it comes, with the cached messages, page by page. A page that is known to be as it
/// is listed is not even read. Holds one page and the ranges of the plan, whatever the size of the mailbox; only lines
/// out of the order of UIDs are held as they are.
class scan_merge {
 public:
  /// What is known of the cached pages, ascending; asked for once, when the first page of the listing is complete.
  using page_source = std::function<result<std::vector<cache::listed_page>>()>;
  /// The first cached messages with UIDs above `after`, ascending, at most `most`; none at the end.
  using state_source = std::function<result<std::vector<cache::message_state>>(uid after, std::size_t most)>;
  using flags_listener = std::function<void(uid which, flag_set&& flags)>;

  /// Lines out of order that are held at most, and octets of their keywords (limit_exceeded).
  static constexpr std::size_t most_late = 400'000;
  static constexpr std::size_t most_late_octets = std::size_t{8} << 20;

  scan_merge(page_source pages, state_source cached, flags_listener changed)
      : pages_(std::move(pages)), cached_(std::move(cached)), changed_(std::move(changed)) {}

  /// A UID may come twice: the last line counts, since flags may change during a listing. After an error every further
  /// line is ignored.
  void add(uid which, flag_set&& flags);
  /// The listing is not to be believed: no further line is taken, and finish() says why.
  void refuse(const error& why) { give_up(why); }
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
    /// No message below this one is left.
    [[nodiscard]] std::uint64_t position() const {
      return at_ < page_.size() ? page_[at_].uid.value : std::uint64_t{last_.value} + 1;
    }
    /// Passes over what is not above `end`.
    void skip(uid end);
    /// Passes over what is not above `end` and takes these, which are not above it either, in its place.
    void replace(std::vector<cache::message_state> with, uid end);

   private:
    // Little where most is passed over, much where all is read.
    static constexpr std::size_t least_ahead = 32;
    static constexpr std::size_t most_ahead = 1024;

    const state_source& from_;
    std::vector<cache::message_state> page_;
    std::size_t ahead_ = least_ahead;
    std::size_t at_ = 0;
    uid last_{0};
    bool ended_ = false;
  };

  void close_page();
  void merge_page(const cache::page_form& form);
  void take_rows_below(uid limit);
  [[nodiscard]] const cache::page_form* known_form(std::uint32_t page);
  void in_order(seen_message&& line);
  void take(const cache::message_state& old, seen_message&& line, bool repeated);
  void take_new(uid which);
  result<void> settle_late();
  void give_up(const error& why);

  page_source pages_;
  state_source cached_;
  flags_listener changed_;
  cursor old_{cached_};
  cache::page_former former_;
  std::vector<cache::listed_page> known_;
  std::size_t next_known_ = 0;
  bool asked_pages_ = false;
  std::vector<seen_message> lines_;  // of the page that is coming
  folder_plan plan_;
  std::uint64_t missing_ = 0;  // messages with something to fetch; the sets of the plan cannot be counted at each page
  uid last_{0};
  std::vector<seen_message> late_;
  std::size_t late_octets_ = 0;  // of their keywords
  std::optional<error> failure_;
};

}  // namespace outmap::sync
