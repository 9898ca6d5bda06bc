// Cuts what the client sends into commands: lines with their literals.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "channel.hpp"
#include "hooks.hpp"
#include "personality.hpp"

namespace outmap::exchange {

struct command_limits {
  std::size_t line = 10'240;     ///< the line with all its parts, without CRLF and literals (NTLM-PB3)
  std::size_t literal = 10'240;  ///< one literal
  literal_requests asks = literal_requests::all;
  std::function<std::optional<action>(std::string_view line)> on_literal = {};  ///< hooks::on_literal
};

/// One command. In `line` each literal is marked by "{n}" and CRLF; a CRLF stands nowhere else in it.
struct command_text {
  std::string line;
  std::vector<std::string> literals;
  bool answered = false;  ///< by a hook
  std::string refusal;    ///< not empty: the command broke a limit, answer BAD with this text
};

/// Reads from a channel. Literals are granted as they are announced, unless they break a limit; memory grows with what
/// came, not with what was announced. Throws what channel throws.
class command_reader {
 public:
  explicit command_reader(channel& from) : channel_(from) {}

  command_text next_command(const command_limits& limits);
  /// A line of an exchange in progress: base64 or DONE, without CRLF. Nothing when it is longer than `longest`.
  std::optional<std::string> next_line(std::size_t longest);
  /// Forgets what was read and not used; for STARTTLS.
  void discard_buffered() { buffer_.clear(); }

  void set_deadline(std::optional<time_point> deadline) { deadline_ = deadline; }
  /// Called on the reader's thread whenever the channel was woken while waiting.
  void on_wake(std::function<void()> action) { on_wake_ = std::move(action); }

 private:
  void fill();
  bool read_line(std::string& to, std::size_t longest);
  void read_literal(std::string& to, std::size_t size);
  void skip(std::uint64_t octets);

  channel& channel_;
  std::string buffer_;
  std::optional<time_point> deadline_;
  std::function<void()> on_wake_;
};

}  // namespace outmap::exchange
