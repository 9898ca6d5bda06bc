// One line of a transcript, whatever its form.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace outmap::profile {

enum class audit_side { client, server, note };

enum class line_end {
  crlf,
  lf,       ///< LF alone
  assumed,  ///< the form of the transcript does not show it
  none,     ///< not here: the rest of the line follows, or the transcript was cut
};

/// `text` is without the line end; the view lives until the next line of the same file is read.
struct audit_line {
  audit_side side = audit_side::note;
  std::string_view text;
  line_end end = line_end::assumed;
  std::uint64_t number = 0;          ///< in its file, from 1
  std::uint64_t offset = 0;          ///< octets of the file before the line
  std::optional<std::int64_t> time;  ///< microseconds since 1970
  unsigned session = 1;              ///< which of those whose lines are mixed in one file
};

/// Octets the line end counts for in a literal.
constexpr std::uint64_t octets_of(line_end end) { return end == line_end::none ? 0 : end == line_end::lf ? 1 : 2; }

}  // namespace outmap::profile
