// outmap manual: manual pages, made from what the commands say of themselves.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <vector>

#include "cli/command.hpp"
#include "cli/manual_page.hpp"
#include "cli/nearest.hpp"

namespace outmap::cli {
namespace {

class manual_command final : public command {
 public:
  std::string_view name() const override { return "manual"; }
  std::string_view summary() const override { return "Print the manual page of outmap or of a command"; }
  std::string_view examples() const override {
    return "Examples:\n"
           "  outmap manual | man -l -\n"
           "  outmap manual sync > outmap-sync.1";
  }
  bool uses_network() const override { return false; }
  void declare(CLI::App& app) override { app.add_option("COMMAND", topic_, "A command; without it outmap as a whole"); }
  outcome run(surroundings& with) override;

 private:
  std::string topic_;
};

outcome manual_command::run(surroundings& with) {
  const auto commands = describe_commands();
  std::string page;
  if (topic_.empty()) {
    page = overview_page(commands);
  } else {
    const auto at = std::find_if(commands.begin(), commands.end(), [&](const auto& c) { return c.name == topic_; });
    if (at == commands.end()) {
      std::vector<std::string_view> names;
      for (const auto& c : commands) names.push_back(c.name);
      return outcome::of(
          error(errc::invalid_argument, "no manual of '" + printable(topic_, 100) + "'" + did_you_mean(topic_, names)));
    }
    page = command_page(*at);
  }
  with.out.print(std::string_view(page).substr(0, page.size() - 1));
  return {};
}

}  // namespace

std::unique_ptr<command> make_manual_command() { return std::make_unique<manual_command>(); }

}  // namespace outmap::cli
