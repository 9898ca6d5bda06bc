// outmap: the command-line program.
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "cli/interruption.hpp"
#include "cli/password_source.hpp"
#include "cli/program.hpp"
#include "cli/standard_streams.hpp"
#include "cli/terminal.hpp"
#include "outmap/process.hpp"

int main(int argc, char** argv) {
  using namespace outmap::cli;
  prepare_standard_streams();
  outmap::keep_no_memory_statistics();
  try {
    set_up_locale();
    auto password = take_environment_password();
    interruption stop;
    const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    return static_cast<int>(run_program(arguments, std::move(password), stop));
  } catch (const std::exception& e) {
    std::fprintf(stderr, "outmap: cannot begin: %s\n", e.what());
    return static_cast<int>(exit_code::internal);
  }
}
