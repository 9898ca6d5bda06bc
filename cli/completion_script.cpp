#include "cli/completion_script.hpp"

#include <algorithm>
#include <set>
#include <string_view>

namespace outmap::cli {
namespace {

bool is_file(const option_facts& option) { return option.value == "FILE" || option.value == "FILE..."; }
bool is_folder(const option_facts& option) { return option.value == "DIR"; }

bool names_commands(const command_facts& command) { return command.name == "help" || command.name == "manual"; }

const option_facts* first_positional(const command_facts& command) {
  const auto at =
      std::find_if(command.options.begin(), command.options.end(), [](const auto& o) { return o.positional; });
  return at == command.options.end() ? nullptr : &*at;
}

std::string replaced(std::string_view text, std::string_view any, std::string_view before) {
  std::string out;
  for (const char c : text) {
    if (any.find(c) != std::string_view::npos) out += before;
    out += c;
  }
  return out;
}

// Within single quotes of a POSIX shell.
std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'')
      out += "'\\''";
    else
      out += c;
  }
  return out + "'";
}

std::string joined(const std::set<std::string>& words, std::string_view between) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? std::string() : std::string(between)) + word;
  return out;
}

/// Names of the options of all commands that `wanted` says yes to.
template <class F>
std::set<std::string> option_names(const std::vector<command_facts>& commands, F wanted) {
  std::set<std::string> out;
  for (const auto& command : commands) {
    for (const auto& option : command.options) {
      if (!option.positional && wanted(option)) out.insert(option.names.begin(), option.names.end());
    }
  }
  return out;
}

std::set<std::string> names_of(const std::vector<command_facts>& commands) {
  std::set<std::string> out;
  for (const auto& command : commands) out.insert(command.name);
  return out;
}

/// What may stand in the place of a positional argument, as far as it is known beforehand.
std::string choices(const command_facts& command, const std::vector<command_facts>& commands) {
  if (names_commands(command)) return joined(names_of(commands), " ") + " exit-codes";
  if (command.name == "completion") return "bash zsh fish";
  if (command.name == "outbox") return "list show retry drop";
  if (command.name == "folder") return "create rename delete subscribe unsubscribe";
  return {};
}

std::string zsh_action(const option_facts& option) {
  if (is_file(option)) return "_files";
  if (is_folder(option)) return "_files -/";
  return {};
}

std::string zsh_option(const option_facts& option) {
  const auto explanation = "[" + replaced(option.help, "[]\\", "\\") + "]";
  const auto value =
      option.value.empty() ? std::string() : ":" + replaced(option.value, ":", "\\") + ":" + zsh_action(option);
  std::string out;
  for (const auto& name : option.names) {
    out += " \\\n          " + shell_quoted((option.repeated ? "*" : "") + name + explanation + value);
  }
  return out;
}

std::string fish_quoted(std::string_view text) { return "'" + replaced(text, "'\\", "\\") + "'"; }

std::string fish_option(const command_facts& command, const option_facts& option) {
  std::string out = "complete -c outmap -n '__fish_seen_subcommand_from " + command.name + "'";
  for (const auto& name : option.names) {
    out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  if (is_file(option))
    out += " -r -F";
  else if (is_folder(option))
    out += " -x -a '(__fish_complete_directories)'";
  else if (!option.value.empty())
    out += " -x";
  return out + " -d " + fish_quoted(option.help) + "\n";
}

}  // namespace

std::string bash_completion(const std::vector<command_facts>& commands) {
  const auto is_valued = [](const option_facts& o) { return !o.value.empty(); };
  const auto other = [](const option_facts& o) { return !o.value.empty() && !is_file(o) && !is_folder(o); };
  std::string out =
      "# Completion of outmap for bash. Made by `outmap completion bash`.\n"
      "_outmap() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command= options= choices= files= i\n"
      "  COMPREPLY=()\n"
      "  case $before in\n";
  out += "    " + joined(option_names(commands, is_file), "|") +
         ")\n      compopt -o filenames\n      mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n      return ;;\n";
  const auto folders = option_names(commands, is_folder);
  if (!folders.empty()) {
    out += "    " + joined(folders, "|") +
           ")\n      compopt -o filenames\n      mapfile -t COMPREPLY < <(compgen -d -- \"$word\")\n      return ;;\n";
  }
  out += "    " + joined(option_names(commands, other), "|") + ") return ;;\n  esac\n";
  out +=
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n    case ${COMP_WORDS[i]} in\n      " +
      joined(option_names(commands, is_valued), "|") +
      ") ((i++)) ;;\n      -*) ;;\n      *) command=${COMP_WORDS[i]}; break ;;\n    esac\n  done\n  case $command in\n";
  out += "    '') choices='" + joined(names_of(commands), " ") + "' options='--help --version' ;;\n";
  for (const auto& command : commands) {
    std::set<std::string> names;
    for (const auto& option : command.options) {
      if (!option.positional) names.insert(option.names.begin(), option.names.end());
    }
    out += "    " + command.name + ") options='" + joined(names, " ") + "'";
    if (const auto known = choices(command, commands); !known.empty()) out += " choices='" + known + "'";
    const auto* const positional = first_positional(command);
    if (positional != nullptr && is_file(*positional)) out += " files=1";
    out += " ;;\n";
  }
  return out +
         "  esac\n"
         "  if [[ $word == -* ]]; then\n"
         "    mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$word\")\n"
         "  elif [[ -n $files ]]; then\n"
         "    compopt -o filenames\n"
         "    mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
         "  else\n"
         "    mapfile -t COMPREPLY < <(compgen -W \"$choices\" -- \"$word\")\n"
         "  fi\n"
         "}\n"
         "complete -F _outmap outmap\n";
}

std::string zsh_completion(const std::vector<command_facts>& commands) {
  std::string out =
      "#compdef outmap\n# Completion of outmap for zsh. Made by `outmap completion zsh`.\n\n_outmap() {\n"
      "  local curcontext=$curcontext state line\n  local -a commands\n"
      "  _arguments -C '1:command:->command' '*::argument:->argument'\n  case $state in\n    command)\n"
      "      commands=(\n";
  for (const auto& command : commands) out += "        " + shell_quoted(command.name + ":" + command.summary) + "\n";
  out += "      )\n      _describe -t commands command commands\n      ;;\n    argument)\n      case $words[1] in\n";
  for (const auto& command : commands) {
    out += "        " + command.name + ")\n          _arguments -s";
    for (const auto& option : command.options) {
      if (!option.positional) out += zsh_option(option);
    }
    const auto known = choices(command, commands);
    const auto* const positional = first_positional(command);
    if (!known.empty())
      out += " \\\n          '1:argument:(" + known + ")'";
    else if (positional != nullptr && is_file(*positional))
      out += " \\\n          '*:file:_files'";
    else
      out += " \\\n          '*:argument:'";
    out += "\n          ;;\n";
  }
  return out + "      esac\n      ;;\n  esac\n}\n\n_outmap \"$@\"\n";
}

std::string fish_completion(const std::vector<command_facts>& commands) {
  std::string out = "# Completion of outmap for fish. Made by `outmap completion fish`.\ncomplete -c outmap -f\n";
  for (const auto& command : commands) {
    out +=
        "complete -c outmap -n __fish_use_subcommand -a " + command.name + " -d " + fish_quoted(command.summary) + "\n";
  }
  for (const auto& command : commands) {
    if (const auto known = choices(command, commands); !known.empty()) {
      out += "complete -c outmap -n '__fish_seen_subcommand_from " + command.name + "' -a '" + known + "'\n";
    }
    const auto* const positional = first_positional(command);
    if (positional != nullptr && is_file(*positional)) {
      out += "complete -c outmap -n '__fish_seen_subcommand_from " + command.name + "' -F\n";
    }
    for (const auto& option : command.options) {
      if (!option.positional) out += fish_option(command, option);
    }
  }
  return out;
}

}  // namespace outmap::cli
