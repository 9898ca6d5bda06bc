// The commands and their options as data: for help, completion and manual pages.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/command.hpp"

namespace outmap::cli {

/// An app for one command, ready to parse its arguments. Both outlive it.
std::unique_ptr<CLI::App> app_for(command& c, shared_options& options);

struct option_facts {
  std::vector<std::string> names;  ///< "-q", "--quiet"; of a positional argument its name: "FOLDER"
  std::string value;               ///< "FILE"; empty: takes none
  std::string help;
  std::string group;  ///< empty for positional arguments
  bool positional = false;
  bool required = false;
  bool repeated = false;
};

struct command_facts {
  std::string name;
  std::string summary;
  std::string explanation;            ///< lines; what stands below the options in the help, up to the examples
  std::string examples;               ///< lines
  std::vector<option_facts> options;  ///< those that its help shows
};

/// All, in the order of the help, and "help" at the end.
std::vector<command_facts> describe_commands();

}  // namespace outmap::cli
