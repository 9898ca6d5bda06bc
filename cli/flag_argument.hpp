// System flags as an argument names them.
#pragma once

#include <string_view>

#include "outmap/error.hpp"
#include "outmap/types.hpp"

namespace outmap::cli {

/// "seen", "answered", "flagged", "deleted", "draft", in any case, also with a backslash before it. invalid_argument,
/// with the nearest one.
result<system_flag> flag_named(std::string_view word);

}  // namespace outmap::cli
