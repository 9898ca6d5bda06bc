// Which form a transcript has.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace outmap::profile {

enum class audit_form {
  text,           ///< "C: …", "S: …", "# …"
  combined,       ///< "<seconds>.<microseconds> I: …": both sides in one rawlog
  client_rawlog,  ///< what the client said, as it said it
  server_rawlog,
  empty,
  unknown,
};

/// Looks at the first octets of a file; the last line of them may be cut.
audit_form form_of(std::string_view begin) noexcept;

/// Takes "<seconds>.<microseconds> " off the front of a rawlog line; microseconds since 1970, or nothing.
std::optional<std::int64_t> take_rawlog_time(std::string_view& line) noexcept;

}  // namespace outmap::profile
