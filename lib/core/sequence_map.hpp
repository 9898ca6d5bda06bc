// Which message has which sequence number now.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "outmap/error.hpp"
#include "outmap/types.hpp"

namespace outmap {

/// Sequence numbers and UIDs of a selected mailbox while EXISTS, EXPUNGE and FETCH come in (RFC 3501 2.3.1.2, 7.3.1,
/// 7.4.1). Everything but assign() takes O(log n), amortised. Eight octets a message, and as many again at most for
/// those that went; a message whose UID has not been told takes none until a later one's is. Numbers are the server's
/// and are checked: an error leaves the map as it was and means that we and the server are out of step
/// (errc::unexpected_response) or that the mailbox has more messages than `most` (errc::limit_exceeded). Not for use by
/// two threads at once.
class sequence_map {
 public:
  explicit sequence_map(std::uint32_t most) : most_(most) {}

  /// All messages, in the order of their numbers: UIDs strictly ascending, none 0. O(n).
  result<void> assign(std::span<const uid> all);
  /// EXISTS: messages are appended, their UIDs unknown. Fewer than size() is an error: only EXPUNGE takes away.
  result<void> exists(std::uint32_t count);
  /// UID of a FETCH response. Another UID than the known one is an error.
  result<void> learn(sequence_number number, uid which);
  /// EXPUNGE: the numbers behind it go down by one. Gives the UID that went, if it was known.
  result<std::optional<uid>> expunge(sequence_number number);

  /// Absent if there is no such number or its UID is unknown.
  [[nodiscard]] std::optional<uid> at(sequence_number number) const;
  /// What EXISTS would say.
  [[nodiscard]] std::uint32_t size() const { return live_ + unknown_; }

 private:
  [[nodiscard]] std::size_t slot_of(std::uint32_t number) const;
  [[nodiscard]] result<void> check(sequence_number number) const;
  void append(std::uint32_t value);
  void compact();

  std::uint32_t most_;
  std::vector<std::uint32_t> uids_;    // a slot a message, those that went included; 0: unknown
  std::vector<std::uint32_t> counts_;  // Fenwick tree: messages that are still there, by slot
  std::uint32_t live_ = 0;             // slots whose message is still there
  std::uint32_t unknown_ = 0;          // messages behind those with a slot
};

}  // namespace outmap
