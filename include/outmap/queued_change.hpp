// A change to the account that is recorded and not yet, or not for certain, on the server.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "outmap/types.hpp"
#include "outmap/uid_set.hpp"
#include "outmap/visibility.hpp"

namespace outmap OUTMAP_PUBLIC {

/// Ascending in the order in which the changes were recorded, which is the order in which they are sent. Never given
/// twice.
using change_id = std::int64_t;

/// What is asked of the server. Values are stable: they stand in files.
enum class change_kind : std::uint8_t {
  store = 1,         ///< STORE, the forms of OIMAP-V0056
  copy = 2,          ///< COPY
  move = 3,          ///< COPY, then +FLAGS.SILENT (\Deleted) on what was copied
  append = 4,        ///< APPEND (OIMAP-V0046)
  expunge = 5,       ///< EXPUNGE: a purge
  create = 6,        ///< CREATE
  remove = 7,        ///< DELETE
  rename = 8,        ///< RENAME
  subscribe = 9,     ///< SUBSCRIBE
  unsubscribe = 10,  ///< UNSUBSCRIBE
};

/// How far a change is. Values are stable: they stand in files.
enum class change_state : std::uint8_t {
  waiting = 1,   ///< to be sent
  in_doubt = 2,  ///< it was being sent and its tagged answer is not recorded: look before it is sent again
  done = 3,      ///< the server has done it; kept until the cache shows what came of it
  refused = 4,   ///< the server said NO or BAD: `server_text`
  conflict = 5,  ///< what it was made for is no longer so on the server: `reason`
};

/// Which system flags (system_flag bits) a STORE sets and which it clears; none in both. The others stay, and so do
/// keywords, which are never sent (OIMAP-V0005). \Draft goes by FLAGS alone, the only form that has it (OIMAP-V0056).
struct flag_change {
  std::uint8_t add = 0;
  std::uint8_t remove = 0;

  [[nodiscard]] flag_set applied_to(flag_set flags) const;
  friend bool operator==(const flag_change&, const flag_change&) = default;
};

/// What a mailbox looked like.
struct mailbox_mark {
  outmap::uid_validity validity;
  std::uint32_t exists = 0;
  uid highest{0};  ///< 0: it was empty
  friend bool operator==(const mailbox_mark&, const mailbox_mark&) = default;
};

/// Names of mailboxes are those that the server knows once all earlier changes are done: what follows a RENAME names
/// the new mailbox.
struct queued_change {
  change_id id = 0;
  change_kind kind = change_kind::store;
  mailbox_name mailbox;               ///< the source of a copy, move or rename; the destination of an append
  uid_validity validity;              ///< of `mailbox`, to which `uids` belong; 0: without UIDs
  uid_set uids;                       ///< store, copy, move; expunge: those that were \Deleted when it was recorded
  flag_change flags;                  ///< store
  mailbox_name destination;           ///< copy, move, rename
  std::uint8_t appended_flags = 0;    ///< append: system_flag bits
  std::optional<internal_date> date;  ///< append: INTERNALDATE
  std::uint64_t octets = 0;           ///< append: of the message
  std::string digest;                 ///< append: SHA-256 of the message, hexadecimal
  std::string message_id;             ///< append: as in the header; empty where it has none. Hostile
  std::int64_t queued_at = 0;         ///< Unix seconds

  change_state state = change_state::waiting;
  std::uint32_t step = 0;              ///< move: 1 once the copy is known to be made
  std::optional<mailbox_mark> before;  ///< the destination before the last attempt to send
  std::uint32_t attempts = 0;          ///< that were postponed
  std::int64_t not_before = 0;         ///< Unix seconds; 0: at once
  std::string server_text;             ///< of the last NO or BAD; hostile
  std::string reason;                  ///< ours: why it is in conflict or was postponed
};

/// "store", "copy", … and "waiting", "in doubt", …: for people.
const char* to_string(change_kind kind) noexcept;
const char* to_string(change_state state) noexcept;

}  // namespace outmap
