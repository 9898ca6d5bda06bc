// A command of the user's, run for its first line of output.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "cli/interruption.hpp"
#include "outmap/error.hpp"
#include "outmap/secret.hpp"

namespace outmap::cli {

struct shell_limits {
  std::size_t output = std::size_t{64} << 10;  ///< octets of standard output that are read
  std::size_t errors = 2048;                   ///< octets of standard error that an error message shows
  std::chrono::milliseconds patience = std::chrono::minutes(5);
};

/// Runs `command` by /bin/sh -c with our standard input and gives the first line of its standard output without the
/// line end. Every buffer that held it is wiped. An exit other than 0, a signal, the end of patience or too much
/// output are errc::credentials_missing, with what the command wrote to standard error; an interruption is
/// errc::cancelled.
result<secret> first_line_of(const std::string& command, const interruption& stop, const shell_limits& limits = {});

}  // namespace outmap::cli
