// What answers the listings of a sync, gathered.
#pragma once

#include <cstdint>

#include "outmap/uid_set.hpp"
#include "session/session.hpp"
#include "sync/scan_merge.hpp"

namespace outmap::sync {

/// How many messages a mailbox holds, by what the server says while a command runs.
struct message_count {
  std::uint32_t exists = 0;
  /// How many lines a whole listing has at least: messages that were there from the first and have not gone meanwhile.
  std::uint32_t expected = 0;

  void begin(std::uint32_t now) { exists = expected = now; }
  void take(const wire::response& data);
};

/// UID FETCH … (UID FLAGS). A line without UID says nothing and is left out, as is one for a UID not above `above`: a
/// range that ends in * brings the last message whatever its UID (RFC 3501 9). More lines than `most_surplus` and two for
/// each message that EXISTS told of are limit_exceeded: a listing without end would be held as it came.
class listing_collector final : public session::responder {
 public:
  listing_collector(message_count& count, scan_merge& into, uid above) : count_(count), into_(into), above_(above) {}
  void on_data(wire::response& data) override;

  static constexpr std::uint64_t most_surplus = 100'000;

 private:
  message_count& count_;
  scan_merge& into_;
  uid above_;
  std::uint64_t lines_ = 0;
};

/// NOOP: what it brings.
class count_collector final : public session::responder {
 public:
  explicit count_collector(message_count& count) : count_(count) {}
  void on_data(wire::response& data) override { count_.take(data); }

 private:
  message_count& count_;
};

/// UID FETCH of some messages, to see which are still there.
class presence_collector final : public session::responder {
 public:
  void on_data(wire::response& data) override;
  [[nodiscard]] const uid_set& present() const { return present_; }

 private:
  uid_set present_;
};

}  // namespace outmap::sync
