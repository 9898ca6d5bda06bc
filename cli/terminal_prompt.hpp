// Asking for a password.
#pragma once

#include <string_view>

#include "cli/interruption.hpp"
#include "outmap/error.hpp"
#include "outmap/secret.hpp"

namespace outmap::cli {

/// Standard input is a terminal, so a person can be asked.
bool can_prompt() noexcept;

/// Writes `question` (printable) to the terminal and reads one line with echo off; echo is on again whatever happens.
/// An interruption is errc::cancelled, the end of input or a terminal that cannot be used errc::credentials_missing.
result<secret> prompt_for_secret(std::string_view question, const interruption& stop);

}  // namespace outmap::cli
