// Cuts the byte stream of a server into frames: one response with its literals.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "outmap/error.hpp"
#include "outmap/limits.hpp"
#include "wire/literal_context.hpp"
#include "wire/quirks.hpp"

namespace outmap::wire {

/// Where a literal stands in a frame's text.
struct literal {
  std::size_t offset = 0;     ///< in frame::text, of the '{' that announces it
  std::uint64_t size = 0;     ///< octets, as announced
  bool streamed = false;      ///< the octets are not in the text: they went out as body events, or nowhere
  bool discarded = false;     ///< streamed, and went nowhere: content that is never asked for, such as BODY[TEXT]
};

/// One response. `text` is the line without its last CRLF; a literal that was kept stands in it as "{n}\r\n"
/// followed by its octets, a streamed one as "{n}\r\n" alone. Views into it live until the next call of
/// framer::next().
struct frame {
  std::string text;
  std::vector<literal> literals;
};

/// Which data item a streamed literal answers.
enum class body_section { full, header };

/// Incremental and never rescanning: its cost is linear in the octets whatever the chunking. Literals that answer
/// BODY[], RFC822, BODY[HEADER] or RFC822.HEADER of a FETCH response are streamed, also those with an origin
/// (BODY[]<0>, which the parser marks as partial). Literals of other content (BODY[TEXT], BODY[1], BINARY[…]) are
/// passed over without an event and without being held. All others are kept in the frame. "{n}" at the end of a
/// line is a literal only where the grammar has a string: never in a status response, a continuation request or a
/// quoted string. "{n+}" and "~{n}" count as "{n}". A bare LF ends a line too (quirk bare_lf; an error without it).
/// Lines of blanks between responses are passed over (quirk blank_line). After an error the stream is lost: every
/// further call gives the same error. Not for use by two threads at once.
class framer {
 public:
  enum class event {
    need_input,   ///< the input is used up
    frame,        ///< current() is a whole response
    body_begin,   ///< section() and body_size() say what comes
    body_data,    ///< data() is a piece of the input, valid while the input is
    body_end,
    failed,       ///< failure() says why
  };

  explicit framer(const limits& bounds = {}, quirks tolerated = quirks::all());

  /// Takes octets from the front of `input`, as many as the next event needs. The sequence of events does not
  /// depend on how the stream is cut into inputs, save that body_data comes in other pieces.
  event next(std::span<const char>& input);

  [[nodiscard]] const frame& current() const { return frame_; }
  [[nodiscard]] body_section section() const { return section_; }
  [[nodiscard]] std::uint64_t body_size() const { return body_size_; }
  [[nodiscard]] std::span<const char> data() const { return data_; }
  /// malformed_response (a bare LF that is not tolerated) or limit_exceeded; the scope is the connection.
  [[nodiscard]] const error& failure() const { return failure_; }
  /// The text of the response that is being received, up to here; for error texts ("while reading …") and for the
  /// UID of a body that is too large.
  [[nodiscard]] std::string_view partial_text() const { return frame_.text; }
  /// True between two responses: nothing of the next one has come.
  [[nodiscard]] bool at_boundary() const;

 private:
  enum class state { line, frame_done, kept_literal, streamed_literal, failed };

  void begin_frame();
  std::optional<event> take_line(std::span<const char>& input);
  std::optional<event> end_line();
  std::optional<event> begin_literal(std::size_t brace, std::string_view digits);
  std::optional<event> take_kept(std::span<const char>& input);
  std::optional<event> take_streamed(std::span<const char>& input);
  event fail_with(errc code, std::string detail);

  limits bounds_;
  quirks tolerated_;
  literal_context context_;
  state state_ = state::line;
  frame frame_;
  std::size_t line_ = 0;            // where the current line begins in frame_.text
  std::size_t line_octets_ = 0;     // of the finished lines of this response
  std::uint64_t remaining_ = 0;     // octets of the current literal
  body_section section_ = body_section::full;
  std::uint64_t body_size_ = 0;
  std::span<const char> data_;
  error failure_;
};

}  // namespace outmap::wire
