// Cuts the byte stream of a server into frames: one response with its literals.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "outmap/error.hpp"
#include "outmap/limits.hpp"

namespace outmap::wire {

/// Where a literal stands in a frame's text.
struct literal {
  std::size_t offset = 0;     ///< in frame::text, of the '{' that announces it
  std::uint64_t size = 0;     ///< octets, as announced
  bool streamed = false;      ///< the octets went out as body events and are not in the text
};

/// One response. `text` is the line without its last CRLF; a literal that was kept stands in it as "{n}\r\n" followed by
/// its octets, a streamed one as "{n}\r\n" alone. Views into it live until the next call of framer::next().
struct frame {
  std::string text;
  std::vector<literal> literals;
};

/// Which data item a streamed literal answers.
enum class body_section { full, header };

/// Incremental and never rescanning: its cost is linear in the octets whatever the chunking. Literals that answer BODY[],
/// RFC822, BODY[HEADER] or RFC822.HEADER of a FETCH response are streamed, all others are kept in the frame.
/// A bare LF ends a line too (quirk bare_lf). After an error the stream is lost: every further call gives the same error.
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

  explicit framer(const limits& bounds = {});

  /// Takes octets from the front of `input`, as many as the next event needs.
  event next(std::span<const char>& input);

  [[nodiscard]] const frame& current() const { return frame_; }
  [[nodiscard]] body_section section() const { return section_; }
  [[nodiscard]] std::uint64_t body_size() const { return body_size_; }
  [[nodiscard]] std::span<const char> data() const { return data_; }
  [[nodiscard]] const error& failure() const { return failure_; }
  /// The text of the response that is being received, up to here; for error texts ("while reading …") and for the UID of
  /// a body that is too large.
  [[nodiscard]] std::string_view partial_text() const { return frame_.text; }
  /// True between two responses: nothing of the next one has come.
  [[nodiscard]] bool at_boundary() const;

 private:
  // The implementer of this layer chooses the private part.
  frame frame_;
  body_section section_ = body_section::full;
  std::uint64_t body_size_ = 0;
  std::span<const char> data_;
  error failure_;
};

}  // namespace outmap::wire
