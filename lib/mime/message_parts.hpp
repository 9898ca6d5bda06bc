// The parts of a message, text apart from attachments. The one place that knows GMime.
#pragma once

#include <string_view>

#include "outmap/readable.hpp"

namespace outmap::mime {

/// As make_readable(), of octets that are within limits.octets.
readable_message read_parts(std::string_view octets, const readable_limits& limits);

}  // namespace outmap::mime
