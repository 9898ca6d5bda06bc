// How a test makes the server misbehave.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace outmap::exchange {

/// A command as it arrived, seen by hooks before it is carried out.
struct command_seen {
  std::uint64_t connection = 0;  ///< 1 for the first connection of the server
  std::uint64_t number = 0;      ///< 1 for the first command of the connection
  bool tls = false;
  std::string user;       ///< empty before authentication
  std::string principal;  ///< whose mailboxes a delegate opened (NTLM-2.2.4-01); empty: their own
  std::string mailbox;    ///< the selected one, UTF-8; empty if none
  std::string target;     ///< the mailbox that the command names first (SELECT, APPEND, …), UTF-8; empty if none
  std::string tag;
  std::string name;  ///< upper case; "UID FETCH", "AUTHENTICATE", …; "DONE" ends an IDLE (only in the log)
  std::string line;  ///< the whole command without CRLF; literals as "{n}", passwords as "<secret>"
};

/// What to do with a command instead of, or besides, answering it. Texts are raw octets and need their own CRLF.
struct action {
  std::string before;                      ///< sent before the answer
  std::optional<std::string> instead;      ///< sent in place of the whole answer; the command is not carried out
  std::string after;                       ///< sent behind the tagged line
  std::chrono::milliseconds delay{0};      ///< before anything is sent
  std::optional<std::size_t> close_after;  ///< the connection ends after this many more octets
  bool stall = false;                      ///< nothing is sent or read any more; the connection stays open
  bool close = false;                      ///< the connection ends after the answer
};

/// What happens to one message in a FETCH that asks for its text.
enum class fetch_fault {
  none,
  no_data,       ///< OK and not a word about this message
  refused,       ///< the rest of the FETCH comes, then a tagged NO
  huge_literal,  ///< announces 4,294,967,296 octets and sends the message behind it
  malformed,     ///< a FETCH response that breaks the grammar
  cut,           ///< half of the literal, then the connection ends
};

/// Hooks are called on the threads of the connections, several at a time. They may call the store, the field quirks and
/// the activity log, not the server. They must not throw.
struct hooks {
  /// The greeting line without CRLF: "* BYE busy", "* PREAUTH hello", "220 smtp ready". Empty text: nothing is sent.
  std::function<std::optional<std::string>(std::uint64_t connection)> on_connect;
  std::function<std::optional<action>(const command_seen&)> on_command;
  std::function<fetch_fault(std::string_view mailbox, std::uint32_t uid)> on_fetch;
  /// Where a literal is about to be asked for; `line` is what stands before it. `instead`: sent in place of the
  /// continuation request, and the command is over. `after`: sent behind that request; with `close` the connection ends
  /// when the literal is there.
  std::function<std::optional<action>(std::string_view line)> on_literal = {};
};

}  // namespace outmap::exchange
