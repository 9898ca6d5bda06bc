// The selected mailbox as the server describes it, response by response.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/sequence_map.hpp"
#include "outmap/types.hpp"
#include "outmap/uid_set.hpp"
#include "wire/response.hpp"

namespace outmap::sync {

/// Turns sequence numbers into UIDs and gathers what the server tells of its own accord. What does not add up (an
/// EXPUNGE beyond EXISTS or of a message whose UID should be known and is not, EXISTS that falls, another UID under the
/// same number) puts it in doubt: then it believes nothing until the mailbox is opened anew. Pure.
class mailbox_view {
 public:
  /// With more messages it is in doubt: 40 MB are enough for the numbers of one mailbox.
  static constexpr std::uint32_t most_messages = 5'000'000;

  /// So much may be told of its own accord between two looks, and then it is in doubt. Octets of keywords; a message
  /// counts as some.
  static constexpr std::size_t most_told = std::size_t{8} << 20;

  struct flags_told {
    uid which;
    flag_set flags;
  };

  /// SELECT goes out: EXISTS begins anew, and what is told of the old selection does not count.
  void begin_selection();
  /// The server said OK to it.
  void end_selection() { opening_ = false; }
  /// Any untagged response, in the order of the wire. FETCH responses with a UID teach numbers. Those with flags and
  /// nothing else that was asked for are gathered while `unasked` (no command that asks for flags is under way).
  void take(const wire::response& data, bool unasked);
  /// A listing has come to its end. `cached` are the UIDs of the cache, ascending; they fill in what the listing did
  /// not tell, if they are consistent with what it told.
  void settle(std::span<const uid> cached);
  /// A listing of all messages has come to its end; false: it has left gaps, for settle().
  [[nodiscard]] bool settled();
  /// Something outside of it does not add up.
  void doubt() { in_doubt_ = true; }

  [[nodiscard]] std::uint32_t exists() const { return map_.size(); }
  /// So many messages, from the first on, have known UIDs since the last listing.
  [[nodiscard]] std::uint32_t known() const { return settled_; }
  [[nodiscard]] bool in_doubt() const { return in_doubt_; }
  /// EXISTS has risen since this was asked last.
  bool take_arrivals() { return std::exchange(arrivals_, false); }
  [[nodiscard]] bool arrivals() const { return arrivals_; }
  /// UIDs that EXPUNGE took away.
  uid_set take_gone() { return std::exchange(gone_, {}); }
  std::vector<flags_told> take_flags() {
    told_ = 0;
    return std::exchange(flags_, {});
  }
  [[nodiscard]] bool has_news() const { return !gone_.empty() || !flags_.empty(); }

 private:
  void take_exists(std::uint32_t count);
  void take_expunge(sequence_number number);
  void take_fetch(const wire::fetch_data& fetch, bool unasked);

  sequence_map map_{most_messages};
  std::uint32_t settled_ = 0;
  bool opening_ = false;
  bool in_doubt_ = true;
  bool arrivals_ = false;
  uid_set gone_;
  std::vector<flags_told> flags_;
  std::size_t told_ = 0;
};

}  // namespace outmap::sync
