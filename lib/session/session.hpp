// One IMAP connection, driven.
#pragma once

#include <asio/awaitable.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/transport.hpp"
#include "outmap/error.hpp"
#include "profile/conversation.hpp"
#include "session/alarm.hpp"

namespace outmap::session {

/// Receives what answers one command, and while that is the one at which the server is at work also what no command asks
/// for (EXISTS, EXPUNGE, the codes of SELECT). Every call comes while some coroutine of the session's owner is in
/// session::wait().
class responder {
 public:
  virtual ~responder() = default;
  virtual void on_data(wire::response&) {}
  virtual void on_body_begin(wire::body_section, std::uint64_t /*size*/) {}
  virtual void on_body_data(std::span<const char>) {}
  virtual void on_body_end() {}
  /// The tagged answer, before anything that comes behind it. Data of commands behind this one may come before
  /// session::wait() returns.
  virtual void on_complete(const wire::status_response&) {}
  /// Gives the answer to a continuation request of AUTHENTICATE, "*" to cancel, or nothing (IDLE).
  virtual std::optional<std::string> on_continuation(std::string_view) { return "*"; }
};

/// What the server said that no command asked for (OIMAP-V0001, V0024).
struct unsolicited {
  std::function<void(std::string_view text)> alert;  ///< hostile text that the user must see (OIMAP-V0063)
  std::function<void(wire::response&)> data;         ///< EXISTS, EXPUNGE, FETCH and the like
  std::function<void(const error&)> dropped;         ///< a line that was not understood
};

/// The server answered NO or BAD: command_refused or command_rejected. The connection goes on.
[[nodiscard]] bool is_refusal(const error& e) noexcept;

/// Joins conversation and transport. One coroutine uses a session at a time; it may have several commands running.
/// After any error but command_refused and command_rejected the connection is of no more use.
class session {
 public:
  session(std::unique_ptr<net::transport> over, const limits& bounds, profile::random_source random, trace_sink* trace);
  ~session();

  /// Waits for the greeting: not_imap (also where the server hangs up without a word), greeting_bye.
  asio::awaitable<result<wire::status_response>> greeting();

  /// Starts a command without waiting for it. `data` must live until the command is complete.
  result<profile::command_id> start(const profile::command& what, responder* data = nullptr);
  /// Drives the connection until that command is complete. Gives server_unavailable where Exchange says that it cannot
  /// reach the mailbox; any other NO gives command_refused and BAD command_rejected. All carry the server's text; the
  /// command's name and `about` are the detail.
  asio::awaitable<result<wire::status_response>> wait(profile::command_id which, std::string about = {});
  /// start() and wait(). `what` must have a name: GCC 12 copies an aggregate that is built inside a co_await expression
  /// octet by octet and destroys it twice.
  asio::awaitable<result<wire::status_response>> execute(const profile::command& what, responder* data = nullptr,
                                                         std::string about = {});
  asio::awaitable<result<wire::status_response>> execute(profile::command&& what, responder* data = nullptr,
                                                         std::string about = {}) = delete;

  /// IDLE until `until` or until `call` rings, or the server ends it; then DONE and the tagged answer (OIMAP-V0028).
  /// What comes meanwhile goes to the unsolicited listener. No read times out before DONE. `call` must not be waited for
  /// elsewhere.
  asio::awaitable<result<void>> idle(alarm& call, clock::time_point until);

  /// Raises the connection to TLS right now (port 993, or after the OK of STARTTLS).
  asio::awaitable<result<void>> start_tls(const net::tls_options& options);
  /// CAPABILITY; what it answers is what the conversation goes by (OIMAP-V0065).
  asio::awaitable<result<void>> ask_capabilities();
  /// The same in two steps: what needs no capability may be started between them.
  result<void> begin_capabilities();
  /// At once if nothing was begun.
  asio::awaitable<result<void>> finish_capabilities();
  /// LOGOUT, and its answer unless `wait` is false (OIMAP-2.1.2); errors do not matter any more.
  asio::awaitable<void> logout(bool wait = true);

  /// Awaited before each read: lets a slow consumer slow the socket. An error from it is the result of whoever waits.
  void set_gate(std::function<asio::awaitable<result<void>>()> gate) { gate_ = std::move(gate); }
  void set_unsolicited(unsolicited to) { unsolicited_ = std::move(to); }
  /// Hears all untagged responses in the order of the wire, before those whom they answer. Empty: nobody.
  void set_witness(std::function<void(const wire::response&)> witness) { witness_ = std::move(witness); }
  profile::conversation& talk() { return talk_; }
  net::transport& over() { return *over_; }
  [[nodiscard]] std::uint64_t octets_read() const { return octets_read_; }

 private:
  class events;
  class capability_collector;
  struct pending {
    responder* data = nullptr;
    std::string name;
    std::optional<wire::status_response> status;
  };

  asio::awaitable<result<void>> step();
  asio::awaitable<result<void>> flush();
  [[nodiscard]] bool greeting_has_begun() const;

  std::unique_ptr<net::transport> over_;
  profile::conversation talk_;
  std::map<profile::command_id, pending> pending_;
  std::unique_ptr<events> events_;
  std::unique_ptr<capability_collector> capabilities_;
  std::optional<profile::command_id> asking_capabilities_;
  std::optional<wire::status_response> greeting_;
  std::optional<std::string> bye_;
  std::function<asio::awaitable<result<void>>()> gate_;
  unsolicited unsolicited_;
  std::function<void(const wire::response&)> witness_;
  std::vector<char> buffer_;
  std::uint64_t octets_read_ = 0;
};

}  // namespace outmap::session
