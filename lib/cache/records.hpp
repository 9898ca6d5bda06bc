// The rows of the cache as values.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "outmap/types.hpp"
#include "outmap/uid_set.hpp"

namespace outmap::cache {

/// SHA-256.
using digest = std::array<unsigned char, 32>;
std::string to_hex(const digest& d);
/// Two lower-case digits an octet.
std::string to_hex(std::string_view octets);
/// Nothing unless it is what to_hex() gives.
std::optional<digest> digest_from_hex(std::string_view text);
std::optional<std::string> octets_from_hex(std::string_view text);

using folder_id = std::int64_t;

/// What LIST and LSUB said of a mailbox (the most recent one counts, OIMAP-V0043).
struct listed_folder {
  mailbox_name mailbox;
  std::optional<char> delimiter;
  bool noselect = false;
  bool noinferiors = false;
  bool subscribed = false;

  friend bool operator==(const listed_folder&, const listed_folder&) = default;
};

/// A folder of the last complete listing.
struct known_folder {
  folder_id id = 0;
  listed_folder listed;
};

struct folder_record {
  folder_id id = 0;
  listed_folder listed;
  bool gone = false;                  ///< was not in the last complete listing; its mail is kept
  outmap::uid_validity uid_validity;  ///< 0: never opened
  std::uint32_t exists = 0;           ///< EXISTS when it was last scanned to the end
  std::optional<std::uint32_t> unseen;
  std::int64_t scanned_at = 0;  ///< Unix seconds; 0: never scanned to the end
  std::uint64_t messages = 0;
  std::uint64_t bodies = 0;       ///< messages that have theirs
  std::uint64_t body_octets = 0;  ///< of all of them together
  std::uint64_t tombstones = 0;
  std::uint64_t quarantined = 0;
  std::uint64_t unconfirmed = 0;  ///< messages whose body's command has not got its tagged OK
};

/// What a sync of a folder begins with.
struct sync_start {
  folder_id id = 0;
  outmap::uid_validity uid_validity;  ///< 0: never opened
  std::uint32_t exists = 0;           ///< EXISTS when it was last scanned to the end
  std::int64_t scanned_at = 0;        ///< Unix seconds; 0: never scanned to the end
  uid last{0};                        ///< the highest that is cached; 0: none
  bool gone = false;                  ///< was not in the last complete listing
  bool adoptable = false;             ///< a UIDVALIDITY change has left messages that new ones may take over
};

/// What a scan is compared with.
struct message_state {
  outmap::uid uid;
  flag_set flags;
  bool has_header = false;
  bool has_body = false;
  bool has_date = true;  ///< false: nothing was told that comes with a header alone, neither INTERNALDATE nor a size
};

struct message_record {
  outmap::uid uid;
  flag_set flags;
  std::optional<std::uint64_t> size;  ///< RFC822.SIZE, for display only (OIMAP-V0007)
  std::optional<internal_date> date;  ///< INTERNALDATE
  std::optional<digest> header_digest;
  std::optional<digest> body_digest;
  std::optional<std::uint64_t> body_octets;
};

/// A message as the header form gave it.
struct header_arrival {
  outmap::uid uid;
  flag_set flags;
  std::optional<std::uint64_t> size;
  std::optional<internal_date> date;
  std::string header;  ///< octets
};

/// A message that the server has expunged, and that was not found again since.
struct expunged_message {
  std::int64_t row = 0;
  std::int64_t buried_at = 0;  ///< Unix seconds
  message_record was;
};

/// Why a message stands in quarantine.
struct quarantine_record {
  outmap::uid uid;
  std::string reason;           ///< ours
  std::int64_t first_seen = 0;  ///< Unix seconds
  std::int64_t last_tried = 0;
  std::uint32_t tries = 0;
};

/// One run of a sync.
struct run_record {
  std::int64_t started_at = 0;
  std::int64_t ended_at = 0;
  std::string outcome;  ///< "complete", "partial", "interrupted", or the errc's message
  std::uint64_t messages = 0;
  std::uint64_t body_octets = 0;
};

/// One run of a backup, whether it went well or not.
struct backup_record {
  std::int64_t started_at = 0;  ///< Unix seconds
  std::int64_t ended_at = 0;
  std::string server;   ///< host and port
  std::string outcome;  ///< as in run_record
  std::string problem;  ///< what went wrong, printable; empty: nothing
  std::uint64_t folders = 0;
  std::uint64_t failed_folders = 0;
  std::uint64_t added = 0;
  std::uint64_t flags_changed = 0;
  std::uint64_t vanished = 0;
  std::uint64_t bodies = 0;  ///< fetched
  std::uint64_t body_octets = 0;
  std::uint64_t octets_read = 0;  ///< from the wire
  std::uint64_t quarantined = 0;
  // What the cache held at its end.
  std::uint64_t held_messages = 0;
  std::uint64_t held_octets = 0;
  std::uint64_t held_expunged = 0;
};

}  // namespace outmap::cache
