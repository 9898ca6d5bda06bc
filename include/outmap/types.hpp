// The nouns of IMAP as value types.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "outmap/visibility.hpp"

namespace outmap OUTMAP_PUBLIC {

/// Unique identifier of a message in one mailbox under one UIDVALIDITY (RFC 3501 2.3.1.1). 0 is not a UID.
struct uid {
  std::uint32_t value = 0;
  friend auto operator<=>(uid, uid) = default;
};

/// The value that says whether cached UIDs still mean the same messages. 0 is not a UIDVALIDITY.
struct uid_validity {
  std::uint32_t value = 0;
  friend auto operator<=>(uid_validity, uid_validity) = default;
};

/// Message sequence number, 1 to EXISTS.
struct sequence_number {
  std::uint32_t value = 0;
  friend auto operator<=>(sequence_number, sequence_number) = default;
};

/// The five system flags that outmap keeps. \Recent is ignored (OIMAP-V0004), other backslash flags too (OIMAP-2.1.6).
enum class system_flag : std::uint8_t { seen = 1, answered = 2, flagged = 4, deleted = 8, draft = 16 };

/// Flags of one message: system flags as bits, keywords (such as $MDNSent) as the server spelled them.
class flag_set {
 public:
  flag_set() = default;
  explicit flag_set(std::uint8_t system_bits) : system_(system_bits & all_bits) {}

  [[nodiscard]] bool has(system_flag f) const { return (system_ & static_cast<std::uint8_t>(f)) != 0; }
  void set(system_flag f) { system_ |= static_cast<std::uint8_t>(f); }
  void clear(system_flag f) { system_ &= static_cast<std::uint8_t>(~static_cast<std::uint8_t>(f)); }
  [[nodiscard]] std::uint8_t system_bits() const { return system_; }

  /// Keywords separated by one space, sorted without regard to case, each once. No keyword holds a space.
  [[nodiscard]] const std::string& keywords() const { return keywords_; }
  void add_keyword(std::string_view keyword);
  void set_keywords(std::string_view space_separated);

  /// "\Seen \Flagged $MDNSent": for people and for tests, not for the wire.
  [[nodiscard]] std::string to_string() const;

  friend bool operator==(const flag_set&, const flag_set&) = default;

  static constexpr std::uint8_t all_bits = 31;

 private:
  std::uint8_t system_ = 0;
  std::string keywords_;
};

/// A mailbox name exactly as it stands on the wire (modified UTF-7 where the server keeps to RFC 3501 5.1.3).
/// Identity is by octets, save INBOX, which is spelled in any case and stored in capitals.
class mailbox_name {
 public:
  mailbox_name() = default;
  explicit mailbox_name(std::string wire);

  [[nodiscard]] const std::string& wire() const { return wire_; }
  [[nodiscard]] bool is_inbox() const { return wire_ == "INBOX"; }
  friend auto operator<=>(const mailbox_name&, const mailbox_name&) = default;

 private:
  std::string wire_;
};

/// A point in time of an IMAP date-time: seconds since 1970-01-01T00:00:00Z and the zone it was written in.
struct internal_date {
  std::int64_t unix_seconds = 0;
  std::int16_t zone_minutes = 0;
  friend auto operator<=>(internal_date, internal_date) = default;
};

}  // namespace outmap

template <>
struct std::hash<outmap::mailbox_name> {
  std::size_t operator()(const outmap::mailbox_name& n) const noexcept { return std::hash<std::string>{}(n.wire()); }
};
