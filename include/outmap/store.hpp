// Reading an account's cache: what a mail app shows, without the network.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "outmap/error.hpp"
#include "outmap/queued_change.hpp"
#include "outmap/types.hpp"
#include "outmap/visibility.hpp"

namespace outmap OUTMAP_PUBLIC {

struct stored_folder {
  mailbox_name mailbox;
  std::string name;  ///< UTF-8, decoded; hostile
  std::optional<char> delimiter;
  bool selectable = true;
  bool subscribed = false;
  bool gone = false;         ///< not on the server any more, or to be deleted there; its mail is kept
  change_id created_by = 0;  ///< a change of the outbox: not on the server yet; 0: it is there
  outmap::uid_validity uid_validity;
  std::uint32_t exists = 0;     ///< on the server when last scanned
  std::int64_t scanned_at = 0;  ///< Unix seconds; 0: never to the end
  std::uint64_t messages = 0;   ///< those with UIDs
  std::uint64_t bodies = 0;
  std::uint64_t body_octets = 0;
  std::uint64_t unsent = 0;    ///< messages without UIDs: they come by changes of the outbox
  std::uint64_t expunged = 0;  ///< kept after the server removed them
  std::uint64_t quarantined = 0;
  std::uint64_t unconfirmed = 0;  ///< bodies whose command has not got its tagged OK: the next sync asks for them again
};

/// A message that has no UID in its mailbox yet: the server has not said that it is there.
struct unsent_message {
  change_id change = 0;  ///< of the outbox: an append, copy or move
  uid source{0};         ///< copy and move: its UID in the mailbox that it comes from
  friend auto operator<=>(unsent_message, unsent_message) = default;
};

struct stored_message {
  outmap::uid uid;  ///< 0: see `unsent`
  std::optional<unsent_message> unsent;
  flag_set flags;
  std::optional<std::uint64_t> size;  ///< as the server reports it: for display only (OIMAP-V0007)
  std::optional<internal_date> date;  ///< INTERNALDATE; where it was not fetched, the Date field (OIMAP-V0006)
  std::optional<std::uint64_t> body_octets;
  std::string body_digest;  ///< SHA-256, hexadecimal; empty: body not here yet
};

/// A read connection of its own: sees what is committed, never waits for a sync and is never waited for. Belongs to one
/// thread at a time; open as many as there are threads.
///
/// What the user has changed and the server does not know yet (outbox.hpp) is seen at once, as it will be: flags,
/// folders made, renamed, (un)subscribed and to be deleted; what was purged is not there any more; what is copied, moved
/// or appended is in its mailbox without a UID. A move leaves the original marked \Deleted, before it is sent as after,
/// until a purge: an app that does not show messages marked so sees it go at once. What the server refused is seen as it
/// is on the server; a message whose APPEND was refused stays, since there may be no other copy.
///
/// Errors of the functions, besides those named: cache_damaged, file_error; and for an outbox that cannot be read, those
/// of outbox::open(): its detail names the file.
class store {
 public:
  /// Errors: cache_unavailable (nothing was synced yet), cache_foreign, cache_newer, cache_damaged.
  static result<store> open(const std::filesystem::path& file);
  ~store();
  store(store&&) noexcept;
  store& operator=(store&&) noexcept;

  /// Whose mail this is: "user@host".
  result<std::string> account();
  /// INBOX first, then by name.
  result<std::vector<stored_folder>> folders();
  /// By decoded name, else by wire name; errc::no_such_mailbox. INBOX in any case.
  result<stored_folder> folder(std::string_view name);
  /// Ascending by UID, then those without UIDs in the order in which they will come. The callback gives false to stop;
  /// it may call the other functions, but not this one.
  result<void> messages(const mailbox_name& mailbox, const std::function<bool(const stored_message&)>& take);
  /// errc::no_such_message.
  result<stored_message> message(const mailbox_name& mailbox, uid which);
  /// The header's octets as the server sent them; hostile.
  result<std::string> header(const mailbox_name& mailbox, uid which);
  /// The message's octets in pieces of at most 1 MiB, digest checked at the end; the callback gives false to stop.
  result<void> body(const mailbox_name& mailbox, uid which, const std::function<bool(std::string_view)>& take);
  /// The same for a message without a UID. Of one that is copied or moved there is what the cache has of the original.
  result<stored_message> message(const mailbox_name& mailbox, unsent_message which);
  result<std::string> header(const mailbox_name& mailbox, unsent_message which);
  result<void> body(const mailbox_name& mailbox, unsent_message which,
                    const std::function<bool(std::string_view)>& take);

 private:
  struct OUTMAP_HIDDEN impl;
  explicit store(std::unique_ptr<impl> i);
  std::unique_ptr<impl> impl_;
};

/// The fields a message list shows, from a header's octets: RFC 2047 words decoded to UTF-8, folding removed. Never
/// fails: what cannot be decoded stays as it is. Hostile.
struct header_summary {
  std::string from;
  std::string subject;
  std::string date;  ///< as written
  std::string message_id;
};
header_summary summarize(std::string_view header);

}  // namespace outmap
