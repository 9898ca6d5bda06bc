// Decides what "{n}" at the end of a line is: a literal of which use, or plain text.
#pragma once

#include <cstddef>
#include <string_view>

#include "wire/quirks.hpp"

namespace outmap::wire {

/// Follows the lexical shape of one response, line by line. Each octet is looked at once, and only of responses
/// that have a line ending like an announcement.
class literal_context {
 public:
  enum class use {
    text,            ///< no literal: the grammar has no string there
    keep,            ///< a literal whose octets the parser needs
    stream_full,     ///< the whole message: BODY[], RFC822
    stream_header,   ///< its header: BODY[HEADER], RFC822.HEADER
    discard,         ///< other content of the message, which is never asked for
  };

  explicit literal_context(quirks tolerated) : tolerated_(tolerated) {}

  /// A new response begins.
  void reset() { *this = literal_context(tolerated_); }

  /// `text` is the response so far, `line` where its last line begins (behind the octets of a kept literal),
  /// `brace` where the '{' of the announcement stands in that line.
  use at(std::string_view text, std::size_t line, std::size_t brace);

 private:
  enum class kind { unknown, without_strings, fetch, list, status, other };

  static kind classify(std::string_view text);
  bool scan(std::string_view text, std::size_t from, std::size_t brace);
  void begin_element();
  [[nodiscard]] bool string_may_stand() const;
  [[nodiscard]] use use_in_fetch(std::string_view text) const;

  quirks tolerated_;
  kind kind_ = kind::unknown;
  std::size_t depth_ = 0;         // open parentheses
  std::size_t elements_ = 0;      // begun at depth 0, "*" and the response name included
  bool in_section_ = false;       // between the brackets of BODY[…]
  bool in_token_ = false;
  bool name_ready_ = false;       // [name_begin_, name_end_) is an unquoted token and nothing but blanks followed
  std::size_t name_begin_ = 0;
  std::size_t name_end_ = 0;
};

}  // namespace outmap::wire
