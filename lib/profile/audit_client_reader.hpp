// Puts the lines of a client together to commands with their literals.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "profile/audit_line.hpp"

namespace outmap::profile {

/// A literal of a client's command. What it holds is kept as far as it is short.
struct client_literal {
  std::size_t at = 0;      ///< in client_unit::text, of the '{'
  std::size_t length = 0;  ///< of "{n}" there
  std::uint64_t size = 0;  ///< as announced
  bool non_synchronising = false;
  bool absent = false;     ///< refused, replaced by a text such as <secret>, or left out of the transcript
  bool unawaited = false;  ///< sent before the server asked for it
  bool eight_bit = false;
  bool nul = false;
  std::string octets;  ///< the first `most_kept`
  static constexpr std::size_t most_kept = 4096;
};

/// One command: its line with "{n}" where the literals stand.
struct client_unit {
  std::string text;
  std::vector<client_literal> literals;
  std::uint64_t line_octets = 0;  ///< with the line ends, without the literals
  std::uint64_t number = 0;       ///< where it begins
  std::uint64_t offset = 0;
  std::optional<std::int64_t> time;
  bool bare_lf = false;
  bool cut = false;  ///< `text` is not all of the line
  static constexpr std::size_t most_kept = 32768;
  static constexpr std::size_t most_literals = 64;
};

class audit_client_reader {
 public:
  /// True when the command is whole: take() has it then. `order_known`: continuation() is called where it happened.
  bool add(const audit_line& line, bool order_known);
  /// The server asks for the literal.
  void continuation() { awaited_ = true; }
  /// The server completed the command before its literal came: what is here is all of it. False: nothing is here.
  bool abandon_literal();
  client_unit take();

  /// Between a command's announcement of a literal and its end.
  [[nodiscard]] bool in_literal() const { return left_.has_value(); }
  /// In a literal that waits for the server, of which nothing has come.
  [[nodiscard]] bool awaits_server() const;
  /// Lines of a command are here, but not all.
  [[nodiscard]] bool has_part() const { return started_; }
  [[nodiscard]] const client_unit& part() const { return unit_; }

 private:
  std::string_view take_literal(const audit_line& line, bool order_known);
  void append(std::string_view text);
  bool find_literal();

  client_unit unit_;
  std::optional<std::uint64_t> left_;  // of the current literal
  bool untouched_ = true;              // no octet of it has come
  bool awaited_ = false;
  bool started_ = false;
};

}  // namespace outmap::profile
