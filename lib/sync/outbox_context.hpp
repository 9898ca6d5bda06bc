// What the parts of a replay work with, and what they come to.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "cache/outbox.hpp"
#include "cache/reader.hpp"
#include "cache/writer.hpp"
#include "outmap/config.hpp"
#include "outmap/observer.hpp"
#include "sync/mailbox_desk.hpp"

namespace outmap::sync {

/// Lives as long as the replay. `now` gives Unix seconds.
struct outbox_context {
  cache::outbox& box;
  cache::writer& to;
  cache::reader& from;
  mailbox_desk& desk;
  const account_config& account;
  observer& watch;
  std::function<std::int64_t()> now;
  /// account_config::second_look was waited out in this replay: what was under way before it has come to its end.
  bool waited = false;
};

/// What became of one change, not yet recorded.
struct outbox_verdict {
  change_outcome outcome = change_outcome::sent;
  std::string reason;
  std::string server_text;
  std::chrono::milliseconds pause{0};  ///< postponed: what the server asked for
  bool server_busy = false;            ///< postponed: others would fare alike
  /// The cache shows the effect: the change may go. Otherwise it stays, done, until a scan shows it.
  bool shown = false;
};

/// Verdict or, for what ends the replay, an error.
using outbox_result = result<outbox_verdict>;

/// For a command that changes the server and was not answered OK: refused with the server's text; postponed where the
/// server says that it cannot now (throttling, mailbox unavailable); otherwise the error itself.
outbox_result on_refusal(const error& e);
/// For a mailbox that could not be opened: conflict, or as on_refusal() postponed or the error itself.
outbox_result on_closed_mailbox(const error& e, const mailbox_name& which);
outbox_verdict conflict_of(std::string reason, std::string server_text = {});

/// It was sent, its answer was lost, and it is known not to have been done. The first time it is sent again at once
/// (nothing is given), after that later: a change on which the connection breaks each time must not keep everything else
/// from the server.
result<std::optional<outbox_verdict>> before_sending_again(outbox_context& with, const queued_change& change);

/// The server has these flags now: the cache is told, and durable when this returns true. False: the cache knows the
/// mailbox under another UIDVALIDITY, or not at all.
asio::awaitable<result<bool>> show_flags(outbox_context& with, const mailbox_name& mailbox, uid_validity validity,
                                         const std::map<uid, flag_set>& flags);
/// The same for messages that the server has removed.
asio::awaitable<result<bool>> show_vanished(outbox_context& with, const mailbox_name& mailbox, uid_validity validity,
                                            const uid_set& gone);
/// The server has renamed a mailbox with all that is below it. True: the cache and the changes of the outbox before
/// `done` name them as the server does, durably. False: the cache does not know the mailbox.
asio::awaitable<result<bool>> show_renamed(outbox_context& with, const queued_change& done);

/// account_config::second_look, once in a replay. Whether it was waited now: then looking again may find more.
asio::awaitable<bool> wait_for_second_look(outbox_context& with);

}  // namespace outmap::sync
