// One session for work on mailboxes that is done one command at a time.
#pragma once

#include <asio/awaitable.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "outmap/limits.hpp"
#include "outmap/queued_change.hpp"
#include "outmap/uid_set.hpp"
#include "session/session.hpp"

namespace outmap::sync {

struct fetched_header {
  outmap::uid uid;
  std::optional<internal_date> date;
  std::string header;
};

/// Errors of all functions are those of session::wait(): is_refusal() for NO and BAD, after which the session goes on.
/// Besides: incomplete for more headers than are held in memory, unsupported_mailbox for a mailbox without UIDVALIDITY
/// (OIMAP-V0037), unexpected_response of scope folder where the server tells nothing of the last message of a mailbox
/// that has some; the session goes on after these, too. Nothing but the mailbox that open() opened last may be asked about. Names of mailboxes in
/// errors are as on the wire.
class mailbox_desk {
 public:
  mailbox_desk(session::session& on, const limits& bounds) : on_(on), bounds_(bounds) {}

  /// SELECT, also of a mailbox that is open: it is to be seen as it is now. `highest` is not asked for.
  asio::awaitable<result<mailbox_mark>> open(const mailbox_name& which);
  /// open(), and the last UID. UIDNEXT is used for nothing (OIMAP-V0002).
  asio::awaitable<result<mailbox_mark>> mark(const mailbox_name& which);
  /// SELECT unless it is open.
  asio::awaitable<result<mailbox_mark>> enter(const mailbox_name& which);

  /// (UID FLAGS) of what is there of `which`.
  asio::awaitable<result<std::map<uid, flag_set>>> flags(const uid_set& which);
  /// Of all messages; not to be asked in an empty mailbox.
  asio::awaitable<result<std::map<uid, flag_set>>> all_flags();
  /// Header form, with INTERNALDATE, of what is there of `which`.
  asio::awaitable<result<std::vector<fetched_header>>> headers(const uid_set& which);
  /// Of all messages above `last`.
  asio::awaitable<result<std::vector<fetched_header>>> headers_above(uid last);
  /// The whole message; nothing if it is not there or larger than `most`.
  asio::awaitable<result<std::optional<std::string>>> message(uid which, std::uint64_t most);

  /// Of the mailbox of exactly that name, by LIST or LSUB; nothing where there is none.
  asio::awaitable<result<std::optional<wire::list_data>>> listed(const mailbox_name& which);
  asio::awaitable<result<std::optional<wire::list_data>>> subscribed(const mailbox_name& which);

  /// One command, to its tagged answer.
  asio::awaitable<result<void>> send(const profile::command& what, std::string about);
  /// A mailbox that is deleted, renamed or not selected any more.
  void leave() { open_.reset(); }

 private:
  asio::awaitable<result<std::map<uid, flag_set>>> fetch_flags(profile::message_set of);
  asio::awaitable<result<std::vector<fetched_header>>> fetch_headers(profile::message_set of, uid above,
                                                                     bool to_the_last);
  asio::awaitable<result<std::optional<wire::list_data>>> find(profile::command asked, const mailbox_name& which);

  session::session& on_;
  const limits& bounds_;
  std::optional<mailbox_name> open_;
  mailbox_mark seen_;
};

}  // namespace outmap::sync
