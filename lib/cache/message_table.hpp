// Messages that are there, and tombstones of those that are not.
#pragma once

#include <optional>
#include <span>

#include "cache/body_table.hpp"
#include "cache/database.hpp"
#include "cache/folder_counts.hpp"
#include "cache/listed_page_table.hpp"
#include "cache/records.hpp"
#include "outmap/error.hpp"

namespace outmap::cache {

/// Which header and body a message has: rows. header_of_body where the body brought the header.
struct contents {
  std::optional<std::int64_t> header;
  std::optional<std::int64_t> body;
  bool new_message = true;                ///< no message stands under the UID yet
  std::optional<std::uint64_t> new_body;  ///< octets of a body that the message has not had yet
};

/// A body that a message takes over.
struct adopted_body {
  std::int64_t id = 0;
  std::uint64_t octets = 0;
  bool unconfirmed = false;  ///< as those of unconfirmed_bodies.hpp
};

/// Every function runs in the caller's transaction. What it changes is counted in `counts`, which outlives it.
class message_table {
 public:
  message_table(database& db, folder_counts& counts);

  /// Nothing if there is no such message.
  result<std::optional<contents>> find(folder_id folder, uid which);

  /// Inserts or updates. Flags are replaced; size and date too where they are given. Header and body are only ever
  /// added: what stands under a UID is one immutable message (XIMAP-2.1.3), though a server may make its MIME anew at
  /// each retrieval (NTLM-PB9).
  result<void> put(folder_id folder, const header_arrival& message, const contents& what);
  result<void> put(folder_id folder, uid which, const flag_set& flags, const contents& what);

  /// No such message: nothing happens. It may have vanished meanwhile (XIMAP-2.1.2).
  result<void> set_flags(folder_id folder, uid which, const flag_set& flags);

  /// The message has this body from now on in place of the one that it has; a header that came by itself stays.
  result<void> replace_body(folder_id folder, uid which, const body_table::stored& body);
  /// The message stays, without header and body.
  result<void> drop_contents(folder_id folder, uid which);
  /// What is here of messages that the server could not deliver: its words about them. What it has sent, and then
  /// refused the command, is mail.
  result<void> drop_quarantined_bodies(folder_id folder);

  /// Turns messages of the folder into tombstones with their header and body. The first one is not counted: see
  /// folder_counts::count_buried().
  result<void> bury_vanished(folder_id folder, const uid_set& uids, std::int64_t now);
  result<void> bury_all(folder_id folder);

  /// Tombstones of the folder that were made at `last` or before go. Their headers and bodies stay; nothing names them.
  result<void> expire(folder_id folder, std::int64_t last);

  /// The tombstones of one folder are the other one's from now on.
  result<void> hand_over_tombstones(folder_id from, folder_id to);

  /// The tombstones of the folder that a UIDVALIDITY change left, that nobody adopted, with a header of this digest
  /// (and so its Message-ID), the message's INTERNALDATE (both without one counts as the same) and its size, as the
  /// server said it or as the body has it. If all of them agree on the octets of the body, the first is marked as
  /// adopted and its body, if it has one, is the message's: a tombstone stays as the record that the message stood under
  /// another UID, but it is the same message and counts no more. If they disagree, nothing is adopted: fetching a body
  /// again is better than a wrong one. One without a body disagrees with one that has one.
  /// A body that none of them has confirmed is unconfirmed here.
  result<std::optional<adopted_body>> adopt(folder_id folder, const digest& header, const header_arrival& message);

  /// From now on these pages are as they were listed, until one of their messages changes.
  result<void> put_listed(folder_id folder, const std::vector<listed_page>& pages) { return pages_.put(folder, pages); }

 private:
  result<void> bury_range(folder_id folder, uid_range range, std::int64_t now);
  result<void> bury_of_page(folder_id folder, std::span<const uid> messages, std::int64_t now);

  folder_counts& counts_;
  statement find_;
  statement put_;
  statement set_flags_;
  statement replace_body_;
  statement drop_contents_;
  statement drop_quarantined_bodies_;
  statement bury_;
  statement bury_all_;
  statement remove_;
  statement expire_;
  statement hand_over_;
  statement candidates_;
  statement mark_adopted_;
  listed_page_table pages_;
};

}  // namespace outmap::cache
