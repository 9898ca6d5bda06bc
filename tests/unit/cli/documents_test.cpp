// Completion scripts and manual pages hold every command and every option.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "cli/account_file.hpp"
#include "cli/command_facts.hpp"
#include "cli/completion_script.hpp"
#include "cli/exit_code.hpp"
#include "cli/manual_page.hpp"

using namespace outmap::cli;

namespace {

bool says(const std::string& text, const std::string& what) { return text.find(what) != std::string::npos; }

// A word of its own, not the beginning of another.
bool has_word(const std::string& text, const std::string& word) {
  const auto goes_on = [](char c) { return c == '-' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const auto end = at + word.size();
    if ((at == 0 || !goes_on(text[at - 1])) && (end == text.size() || !goes_on(text[end]))) return true;
  }
  return false;
}

// What stands between two marks.
std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const auto from = text.find(begin);
  if (from == std::string::npos) return {};
  return text.substr(from, text.find(end, from + begin.size()) - from);
}

std::string with_minus_signs(std::string text) {
  for (auto at = text.find('-'); at != std::string::npos; at = text.find('-', at + 2)) text.insert(at, "\\");
  return text;
}

}  // namespace

TEST_CASE("the commands are told with their options") {
  const auto commands = describe_commands();
  REQUIRE(commands.size() == all_commands().size() + 1);
  const auto sync = std::find_if(commands.begin(), commands.end(), [](const auto& c) { return c.name == "sync"; });
  REQUIRE(sync != commands.end());
  const auto config = std::find_if(sync->options.begin(), sync->options.end(),
                                   [](const auto& o) { return o.names == std::vector<std::string>{"--config"}; });
  REQUIRE(config != sync->options.end());
  CHECK(config->value == "FILE");
  CHECK_FALSE(config->positional);
  const auto quiet = std::find_if(sync->options.begin(), sync->options.end(), [](const auto& o) {
    return o.names == std::vector<std::string>{"-q", "--quiet"};
  });
  REQUIRE(quiet != sync->options.end());
  CHECK(quiet->value.empty());
  CHECK_FALSE(says(sync->explanation, "Examples"));
  CHECK(says(sync->examples, "outmap sync"));
}

TEST_CASE("a completion script has every command with every option of it") {
  const auto commands = describe_commands();
  const auto bash = bash_completion(commands);
  const auto zsh = zsh_completion(commands);
  const auto fish = fish_completion(commands);
  for (const auto& command : commands) {
    CAPTURE(command.name);
    const auto in_bash = between(bash, "\n    " + command.name + ") ", ";;");
    const auto in_zsh = between(zsh, "\n        " + command.name + ")\n", ";;");
    REQUIRE_FALSE(in_bash.empty());
    REQUIRE_FALSE(in_zsh.empty());
    CHECK(says(zsh, "'" + command.name + ":"));
    CHECK(says(fish, "__fish_use_subcommand -a " + command.name + " "));
    for (const auto& option : command.options) {
      if (option.positional) continue;
      for (const auto& name : option.names) {
        CAPTURE(name);
        CHECK(has_word(in_bash, name));
        CHECK(says(in_zsh, name + "["));
        const auto in_fish = name.starts_with("--") ? " -l " + name.substr(2) + " " : " -s " + name.substr(1) + " ";
        bool found = false;
        for (std::size_t at = 0; at < fish.size(); at = fish.find('\n', at) + 1) {
          const auto line = fish.substr(at, fish.find('\n', at) - at);
          found = found || (says(line, "seen_subcommand_from " + command.name + "'") && says(line + " ", in_fish));
        }
        CHECK(found);
      }
    }
  }
}

TEST_CASE("each command has a manual page with every option, and the first page has all the rest") {
  const auto commands = describe_commands();
  const auto first = overview_page(commands);
  for (const auto& command : commands) {
    CAPTURE(command.name);
    CHECK(says(first, ".B \"" + with_minus_signs(command.name) + "\"\n"));
    const auto page = command_page(command);
    CHECK(page.starts_with(".TH "));
    for (const char* part : {"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "SEE ALSO"}) {
      CHECK(says(page, ".SH \"" + std::string(part) + "\""));
    }
    for (const auto& option : command.options) {
      for (const auto& name : option.names) {
        CAPTURE(name);
        CHECK(says(page, with_minus_signs(name)));
      }
    }
    CHECK_FALSE(says(page, "\n.Examples"));
  }
  for (const auto& key : account_keys()) CHECK(says(first, ".B \"" + std::string(key.name) + "\"\n"));
  for (const auto& row : exit_codes()) {
    CHECK(says(first, ".B \"" + std::to_string(static_cast<int>(row.code)) + "\"\n"));
  }
}

TEST_CASE("every command that changes the account, a cache or files can be run dry") {
  for (const char* const name : {"sync", "backup", "fetch", "mark", "copy", "move", "delete", "undelete", "purge", "append",
                                 "folder", "outbox", "restore", "import", "export"}) {
    CAPTURE(name);
    const auto all = describe_commands();
    const auto command = std::find_if(all.begin(), all.end(), [&](const auto& c) { return c.name == name; });
    REQUIRE(command != all.end());
    CHECK(std::any_of(command->options.begin(), command->options.end(),
                      [](const auto& o) { return o.names == std::vector<std::string>{"--dry-run"}; }));
  }
}
