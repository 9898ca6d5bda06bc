// The outbox against the server.
#pragma once

#include <asio/awaitable.hpp>
#include <cstdint>
#include <functional>

#include "outmap/report.hpp"
#include "sync/outbox_context.hpp"

namespace outmap::sync {

/// Sends what waits in the outbox, in order of recording, one command at a time. A change that cannot be done stops what
/// depends on it (depends_on()) and nothing else.
///
/// Nothing is lost and nothing is done twice, wherever the process is killed or the connection lost: before the first
/// octet of a command that may not be repeated goes out, the outbox has on the disk that it is in doubt, and what its
/// destination held; after the tagged OK the cache has the effect on the disk, or the change stays, done, until a scan
/// shows it (settle_scanned()). What is in doubt is looked for on the server before it is sent again.
///
/// What becomes of a change where server and user do not agree:
///
///   | on the server                        | store              | copy, move          | append   | purge    |
///   | a message is gone                    | nothing left       | the rest is copied  |          | the rest |
///   | all its messages are gone            | nothing left       | conflict            |          | nothing left |
///   | the mailbox was numbered anew        | found again by header, else conflict     |          | conflict |
///   | … while it is in doubt               | sent again         | conflict            | conflict |          |
///   | the mailbox does not open            | conflict           | conflict            | conflict | conflict |
///   | messages marked deleted by others    |                    |                     |          | conflict |
///   | a keyword that \Draft would cost     | conflict           |                     |          |          |
///   | OK, and it is not so                 | conflict           |                     |          |          |
///   | NO, BAD                              | refused, with the server's text                            |
///   | throttled, mailbox unavailable       | postponed, longer each time; the replay ends               |
///   | connection lost                      | sent again         | looked for, see there          | sent again |
///   | … each time that it is sent          |                    | postponed           | postponed |         |
///
/// Conflicts and refusals wait for the user's word in the outbox, an append with its message.
class outbox_replay {
 public:
  /// A change is tried again after 30 seconds, then twice as long each time, up to an hour; later if the server says so.
  static constexpr std::int64_t first_pause = 30;
  static constexpr std::int64_t longest_pause = 3600;

  explicit outbox_replay(outbox_context& with) : with_(with) {}

  /// The sending lock of the outbox is held, and the session of the desk may change the server. Errors that end the
  /// replay stand in the report.
  asio::awaitable<outbox_report> run();
  /// The last change that was looked at; 0: none. Those up to it that are done are on the server as a scan that begins
  /// now sees it.
  [[nodiscard]] change_id last() const { return last_; }

 private:
  asio::awaitable<outbox_result> send(const queued_change& change);
  result<void> record(const queued_change& change, const outbox_verdict& verdict);
  void tell(const queued_change& change, const outbox_verdict& verdict);

  outbox_context& with_;
  outbox_report report_;
  change_id last_ = 0;
};

/// After a scan that began when changes up to `last` had been replayed: what is done and shows in a folder that was
/// scanned to its end goes from the outbox, and with a complete listing of the tree what changes folders. `everything`:
/// no folder was left out of the scan, so what is done shows wherever it is now.
result<void> settle_scanned(cache::outbox& box, const sync_report& report, change_id last, bool everything);

}  // namespace outmap::sync
