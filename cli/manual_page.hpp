// Manual pages in the language of man(7).
#pragma once

#include <string>
#include <vector>

#include "cli/command_facts.hpp"

namespace outmap::cli {

/// outmap(1): all commands, the configuration file, variables, files, exit codes.
std::string overview_page(const std::vector<command_facts>& commands);

/// outmap-COMMAND(1).
std::string command_page(const command_facts& command);

}  // namespace outmap::cli
