// outmap completion: what a shell needs to complete commands and options.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

#include "cli/command.hpp"
#include "cli/completion_script.hpp"
#include "cli/nearest.hpp"

namespace outmap::cli {
namespace {

constexpr std::array<std::string_view, 3> shells = {"bash", "zsh", "fish"};

class completion_command final : public command {
 public:
  std::string_view name() const override { return "completion"; }
  std::string_view summary() const override { return "Print a completion script for bash, zsh or fish"; }
  std::string_view examples() const override {
    return "Examples:\n"
           "  outmap completion bash > ~/.local/share/bash-completion/completions/outmap\n"
           "  outmap completion fish > ~/.config/fish/completions/outmap.fish";
  }
  bool uses_network() const override { return false; }
  void declare(CLI::App& app) override;
  outcome run(surroundings& with) override;

 private:
  std::string shell_;
};

void completion_command::declare(CLI::App& app) {
  app.add_option_function<std::string>(
         "SHELL",
         [this](const std::string& shell) {
           if (std::find(shells.begin(), shells.end(), shell) == shells.end()) {
             throw CLI::ValidationError(
                 "SHELL", "'" + printable(shell, 100) + "' is none of bash, zsh, fish" + did_you_mean(shell, shells));
           }
           shell_ = shell;
         },
         "bash, zsh or fish")
      ->required();
}

outcome completion_command::run(surroundings& with) {
  const auto commands = describe_commands();
  const auto script = shell_ == shells[0]   ? bash_completion(commands)
                      : shell_ == shells[1] ? zsh_completion(commands)
                                            : fish_completion(commands);
  with.out.print(std::string_view(script).substr(0, script.size() - 1));
  return {};
}

}  // namespace

std::unique_ptr<command> make_completion_command() { return std::make_unique<completion_command>(); }

}  // namespace outmap::cli
