// Scripts by which shells complete commands and options.
#pragma once

#include <string>
#include <vector>

#include "cli/command_facts.hpp"

namespace outmap::cli {

/// Scripts that complete the name of the command, its options, and files where one is asked for. They end in a line end.
std::string bash_completion(const std::vector<command_facts>& commands);
std::string zsh_completion(const std::vector<command_facts>& commands);
std::string fish_completion(const std::vector<command_facts>& commands);

}  // namespace outmap::cli
