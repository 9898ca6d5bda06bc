// The program without its process: from arguments to exit code.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/exit_code.hpp"
#include "cli/interruption.hpp"
#include "outmap/secret.hpp"

namespace outmap::cli {

/// Runs `arguments` (without the program's name), writes to standard output and standard error and gives the exit
/// code. No exception leaves it.
exit_code run_program(const std::vector<std::string>& arguments, std::optional<secret> environment_password,
                      interruption& stop) noexcept;

}  // namespace outmap::cli
