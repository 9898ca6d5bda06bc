#include "cli/command_facts.hpp"

#include <CLI/CLI.hpp>
#include <utility>

namespace outmap::cli {
namespace {

constexpr std::string_view examples_heading = "Examples:\n";

std::string without_empty_ends(std::string_view text) {
  while (text.starts_with('\n')) text.remove_prefix(1);
  while (text.ends_with('\n')) text.remove_suffix(1);
  return std::string(text);
}

option_facts facts_of(const CLI::Option& option) {
  option_facts out;
  out.positional = option.get_positional();
  if (out.positional) {
    out.names.push_back(option.get_name(true));
  } else {
    for (const auto& name : option.get_snames()) out.names.push_back("-" + name);
    for (const auto& name : option.get_lnames()) out.names.push_back("--" + name);
    out.group = option.get_group();
  }
  const bool takes_value = option.get_items_expected_max() > 0;
  out.value = !takes_value ? "" : out.positional ? out.names.front() : option.get_type_name();
  if (takes_value && out.value.empty()) out.value = "VALUE";
  out.help = option.get_description();
  out.required = option.get_required();
  out.repeated = takes_value && option.get_items_expected_max() > 1;
  return out;
}

command_facts facts_of(command& c) {
  shared_options unused;
  const auto app = app_for(c, unused);
  command_facts out;
  out.name = c.name();
  out.summary = c.summary();
  const auto below = c.examples();
  const auto at = below.find(examples_heading);
  out.explanation = without_empty_ends(below.substr(0, at));
  if (at != std::string_view::npos) out.examples = without_empty_ends(below.substr(at + examples_heading.size()));
  for (const auto* const option : std::as_const(*app).get_options()) {
    if (option->get_positional() || !option->get_group().empty()) out.options.push_back(facts_of(*option));
  }
  return out;
}

}  // namespace

std::unique_ptr<CLI::App> app_for(command& c, shared_options& options) {
  auto app = std::make_unique<CLI::App>(std::string(c.summary()), "outmap " + std::string(c.name()));
  c.declare(*app);
  declare_shared(*app, options, c.uses_network());
  app->footer("\n" + std::string(c.examples()));
  app->get_formatter()->column_width(34);
  app->set_help_flag("-h,--help", "Print this text")->group("Output");
  return app;
}

std::vector<command_facts> describe_commands() {
  std::vector<command_facts> out;
  for (const auto& c : all_commands()) out.push_back(facts_of(*c));
  command_facts help;
  help.name = "help";
  help.summary = "Explain a command, or the exit codes";
  help.explanation = "TOPIC is a command or exit-codes; without it the commands are listed.";
  help.examples = "  outmap help sync\n  outmap help exit-codes";
  option_facts topic;
  topic.names = {"TOPIC"};
  topic.value = "TOPIC";
  topic.help = "A command, or exit-codes";
  topic.positional = true;
  option_facts json;
  json.names = {"--json"};
  json.help = "One JSON object a line on standard output; the last is the result";
  json.group = "Output";
  help.options = {topic, json};
  out.push_back(std::move(help));
  return out;
}

}  // namespace outmap::cli
