// The client side of IMAP without I/O: commands and octets in; octets to write, data and completions out.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "outmap/error.hpp"
#include "outmap/limits.hpp"
#include "profile/capabilities.hpp"
#include "profile/command.hpp"
#include "profile/tag_source.hpp"
#include "profile/transcript.hpp"
#include "wire/framer.hpp"
#include "wire/parser.hpp"
#include "wire/response.hpp"

namespace outmap::profile {

/// Identifies a submitted command for the life of its conversation. `none` is the owner of unsolicited data.
enum class command_id : std::uint64_t { none = 0 };

/// What a conversation tells its driver. Called from receive() only.
class conversation_events {
 public:
  virtual ~conversation_events() = default;
  virtual void on_greeting(const wire::status_response& greeting) = 0;
  /// Untagged data and untagged status responses. `owner` is the oldest running command that this data answers; FETCH
  /// data that comes before a SELECT is answered belongs to no command behind that SELECT.
  virtual void on_data(command_id owner, wire::response& data) = 0;
  /// A body literal of a FETCH response, before that response itself arrives by on_data().
  virtual void on_body_begin(command_id owner, wire::body_section section, std::uint64_t size) = 0;
  virtual void on_body_data(std::span<const char> octets) = 0;
  virtual void on_body_end() = 0;
  /// A continuation request of AUTHENTICATE or IDLE.
  virtual void on_continuation(command_id owner, std::string_view text) = 0;
  virtual void on_complete(command_id which, const wire::status_response& status) = 0;
  /// A frame that was not understood, or a continuation request that nobody awaits, has been stepped over.
  virtual void on_dropped(const error& why) = 0;
};

/// Owns framer, tags, send queue and connection state. Commands are sent in order of submission, several at a time as
/// far as command_traits::exclusive, a SELECT that is not answered yet (nothing but what is speculative may stand on
/// either side of it: servers carry out in order what depends on it) and literals permit (OIMAP-V0026). An error from receive() is final: the connection
/// must be closed without LOGOUT (OIMAP-V0011).
class conversation {
 public:
  conversation(const limits& bounds, random_source random, trace_sink* trace);

  /// Queues a command. Errors: unencodable, read_only, invalid_argument (wrong state or dialect); nothing is sent then.
  result<command_id> submit(const command& what);
  /// A line inside AUTHENTICATE: base64, or "*" to cancel (NTLM-2.2.1-11, 12). Shown as "<secret>" in the trace.
  void answer(std::string_view line);
  /// Ends IDLE.
  void done();

  /// Octets to write now; empties the buffer.
  std::string take_output();
  [[nodiscard]] bool has_output() const { return !output_.empty(); }

  result<void> receive(std::span<const char> octets, conversation_events& to);

  /// STARTTLS will follow, so that a server has nothing to say but answers: until tls_started() a completion that
  /// belongs to no running command ends the connection, whatever its tag.
  void await_tls() { awaits_tls_ = true; }
  /// The TLS layer is up: what the server said before is forgotten (XIMAP-V0020). Octets that come between the OK of
  /// STARTTLS and this call make receive() fail with plaintext_after_starttls.
  void tls_started();

  void set_capabilities(capabilities known) { known_ = std::move(known); }
  [[nodiscard]] const capabilities& known() const { return known_; }
  void set_read_only(bool on) { read_only_ = on; }
  [[nodiscard]] profile::state state() const { return state_; }
  [[nodiscard]] bool greeted() const { return greeted_; }
  /// The command that the server is at work on: what no command owns comes while it runs.
  [[nodiscard]] command_id oldest() const { return running_.empty() ? command_id::none : running_.front().id; }
  [[nodiscard]] std::size_t running() const { return running_.size() + waiting_.size(); }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  /// Of all commands that were submitted, sent yet or not.
  [[nodiscard]] std::uint64_t octets_submitted() const { return octets_submitted_; }
  /// Of the response that is being received, for a body that was too large to take.
  [[nodiscard]] std::string_view partial_text() const { return framer_.partial_text(); }
  transcript& trace() { return transcript_; }

 private:
  struct entry {
    command_id id = command_id::none;
    command_traits what;
    std::string tag;
    std::deque<wire::fragment> unsent;
    profile::state on_ok = profile::state::not_authenticated;
    profile::state on_failure = profile::state::not_authenticated;
  };

  void pump();
  [[nodiscard]] bool may_follow(const entry& next) const;
  void send(wire::fragment fragment);
  [[nodiscard]] command_id owner_of(const wire::response& data) const;
  [[nodiscard]] command_id owner_of(owned_data kind) const;
  [[nodiscard]] bool tag_in_use(std::string_view tag) const;
  result<void> handle_frame(conversation_events& to);
  result<void> drop(const error& why, conversation_events& to);
  result<void> handle_tagged(wire::status_response& status, conversation_events& to);
  result<void> handle_continuation(std::string_view text, conversation_events& to);

  limits bounds_;
  tag_source tags_;
  transcript transcript_;
  wire::framer framer_;
  capabilities known_;
  std::deque<entry> running_;
  std::deque<entry> waiting_;
  std::string output_;
  std::uint64_t last_id_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t octets_submitted_ = 0;
  profile::state state_ = profile::state::not_authenticated;
  bool greeted_ = false;
  bool read_only_ = false;
  bool upgrading_ = false;
  bool awaits_tls_ = false;
};

}  // namespace outmap::profile
