#include "cli/program.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <system_error>

#include "cli/command.hpp"
#include "cli/command_facts.hpp"
#include "cli/nearest.hpp"
#include "cli/text_width.hpp"
#include "cli/trace_file.hpp"
#include "outmap/version.hpp"

namespace outmap::cli {
namespace {

constexpr std::string_view password_reason =
    "a password is never an argument: every user of this machine could read it in the process list";
constexpr std::string_view password_advice = "use --password-command, --password-file or the variable OUTMAP_PASSWORD";

// Ends the parsing: what to say instead of running a command.
struct usage_error {
  std::string what;
  std::string advice;
};

outcome usage(std::string what, std::string advice) {
  auto out = outcome::of(error(errc::invalid_argument, std::move(what)));
  out.advice = std::move(advice);
  return out;
}

// An argument as it may be repeated in a message: what follows '=' or a letter (-pPASSWORD) could be anything, also a
// secret.
std::string without_value(const std::string& argument) {
  const bool letter = argument.size() > 2 && argument[0] == '-' && argument[1] != '-';
  return letter ? argument.substr(0, 2) : argument.substr(0, argument.find('='));
}

class program {
 public:
  program(std::optional<secret> password, interruption& stop)
      : password_(std::move(password)), stop_(stop), commands_(all_commands()) {}

  exit_code run(const std::vector<std::string>& arguments);

 private:
  outcome answer(const std::vector<std::string>& arguments);
  outcome answer_or_problem(const std::vector<std::string>& arguments);
  outcome parse_and_run(const std::string& name, std::vector<std::string> arguments);
  outcome help(const std::vector<std::string>& topics);
  outcome run_command(command& chosen);
  outcome told_version();
  void print_overview();
  void print_help_of(command& c);
  void print_text(std::string_view text);
  void note_incomplete_trace(outcome& ended, int problem);
  void note_failed_output(outcome& ended);
  void finish(outcome& ended, double seconds);
  output& out();
  std::vector<std::string_view> names() const;
  command* find(std::string_view name);

  std::optional<secret> password_;
  interruption& stop_;
  redactor hidden_;
  std::vector<std::unique_ptr<command>> commands_;
  shared_options options_;
  bool early_json_ = false;
  std::string running_;
  std::unique_ptr<output> out_;
};

// Made when it is first needed: the style is known only after parsing, or after a parsing error.
output& program::out() {
  if (!out_) {
    const auto& o = options_.output;
    out_ = std::make_unique<output>(output_style{o.json || early_json_, o.quiet, o.verbosity});
  }
  return *out_;
}

std::vector<std::string_view> program::names() const {
  std::vector<std::string_view> out;
  for (const auto& c : commands_) out.push_back(c->name());
  out.emplace_back("help");
  return out;
}

command* program::find(std::string_view name) {
  const auto at = std::find_if(commands_.begin(), commands_.end(), [&](const auto& c) { return c->name() == name; });
  return at == commands_.end() ? nullptr : at->get();
}

void program::print_text(std::string_view text) {
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    out().print(text.substr(begin, end - begin));
    begin = end + 1;
  }
}

void program::print_overview() {
  print_text(
      "outmap: fetches mail from an IMAP server, keeps it in a local cache and writes it out as files.\n\n"
      "Usage: outmap COMMAND [OPTIONS]\n\nCommands:");
  for (const auto& c : commands_) out().print("  " + padded(c->name(), 10) + std::string(c->summary()));
  print_text(
      "  help      Explain a command: `outmap help sync`; the exit codes: `outmap help exit-codes`\n\n"
      "Examples:\n"
      "  outmap probe imap.example.org\n"
      "  outmap sync --url imaps://anna@imap.example.org\n"
      "  outmap list INBOX --url imaps://anna@imap.example.org\n"
      "  outmap export --format maildir --to ~/mail --url imaps://anna@imap.example.org\n\n"
      "Accounts may stand in a file (default ~/.config/outmap/outmap.toml), so that nothing need be repeated:\n"
      "  [account.work]\n"
      "  url = \"imaps://anna@imap.example.org\"\n"
      "  password_command = \"pass show work\"\n\n"
      "The options that all commands share stand in `outmap help sync`. `outmap --version` shows the version.");
}

void program::print_help_of(command& c) {
  shared_options unused;
  auto text = app_for(c, unused)->help();
  while (text.ends_with('\n')) text.pop_back();
  print_text(text);
}

std::string sentence_of(const CLI::ParseError& e) {
  const std::string words = e.what();
  const auto flag = words.find(" was given a disallowed flag override");
  return flag == std::string::npos ? words : "--" + words.substr(0, flag) + " takes no value";
}

std::string unexpected_argument(const CLI::App& app) {
  const auto rest = app.remaining();
  if (rest.empty()) return "an argument is not expected";
  const auto first = without_value(rest.front());
  if (!first.starts_with('-')) return "the argument '" + first + "' is not expected";
  std::vector<std::string> known;
  for (const auto* const option : app.get_options()) {
    for (const auto& name : option->get_lnames()) known.push_back("--" + name);
  }
  const std::vector<std::string_view> views(known.begin(), known.end());
  return "unknown option '" + first + "'" + did_you_mean(first, views);
}

outcome program::parse_and_run(const std::string& name, std::vector<std::string> arguments) {
  command* const chosen = find(name);
  if (chosen == nullptr) {
    const auto known = names();
    return usage("unknown command '" + without_value(name) + "'" + did_you_mean(name, known),
                 "`outmap help` shows the commands");
  }
  running_ = name;
  const auto app = app_for(*chosen, options_);
  const std::string where = "`outmap help " + name + "` shows the options";
  try {
    chosen->prepare(arguments, *app);
    std::reverse(arguments.begin(), arguments.end());
    app->parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    print_help_of(*chosen);
    return {};
  } catch (const CLI::ExtrasError&) {
    return usage(unexpected_argument(*app), where);
  } catch (const CLI::ParseError& e) {
    return usage(sentence_of(e), where);
  }
  return run_command(*chosen);
}

outcome program::run_command(command& chosen) {
  const auto& o = options_.output;
  if (o.trace_bodies && o.trace.empty()) return usage("--trace-bodies needs --trace FILE", {});
  std::unique_ptr<trace_file> trace;
  if (!o.trace.empty()) {
    auto opened = trace_file::open(o.trace, o.trace_bodies, hidden_);
    if (!opened) return outcome::of(opened.error());
    trace = std::move(*opened);
  }
  if (chosen.runs_unattended() && out().nobody_looks()) out().be_terse();
  surroundings with{options_, out(), stop_, hidden_, std::move(password_), trace.get()};
  auto ended = chosen.run(with);
  if (trace && trace->problem() != 0) note_incomplete_trace(ended, trace->problem());
  return ended;
}

// Not all that was asked for was done; but what else went wrong is worse.
void program::note_incomplete_trace(outcome& ended, int problem) {
  error incomplete(errc::incomplete,
                   "the trace " + options_.output.trace + ": " + std::generic_category().message(problem));
  if (ended.problem) {
    out().insist(sentence(incomplete));
    return;
  }
  ended.code = exit_code_of(incomplete.code);
  ended.advice = "free some space or name another file; what was fetched is kept";
  ended.problem = std::move(incomplete);
}

outcome program::told_version() {
  running_ = "version";
  out().print(std::string("outmap ") + version());
  outcome ended;
  ended.counts = {{"version", version()}};
  return ended;
}

outcome program::help(const std::vector<std::string>& topics) {
  running_ = "help";
  std::vector<std::string> words;
  for (const auto& t : topics) {
    if (!t.starts_with('-'))
      words.push_back(t);
    else if (t != "--json" && t != "-h" && t != "--help")
      return usage("unknown option '" + without_value(t) + "'", "help takes a command and --json");
  }
  if (words.empty()) {
    print_overview();
  } else if (words.size() > 1) {
    return usage("help takes one topic", "`outmap help` shows the commands");
  } else if (words[0] == "exit-codes") {
    print_exit_codes(out());
  } else if (command* const c = find(words[0])) {
    print_help_of(*c);
  } else if (words[0] == "help") {
    print_overview();
  } else {
    auto known = names();
    known.emplace_back("exit-codes");
    return usage("no help on '" + words[0] + "'" + did_you_mean(words[0], known), "`outmap help` shows the commands");
  }
  return {};
}

outcome program::answer(const std::vector<std::string>& arguments) {
  const auto password = std::find_if(arguments.begin(), arguments.end(), [](const std::string& a) {
    return a == "--password" || a.starts_with("--password=");
  });
  const auto end_of_options = std::find(arguments.begin(), arguments.end(), "--");
  if (password < end_of_options) return usage(std::string(password_reason), std::string(password_advice));

  // Options may stand before the command. What is not one of them ends this app's part.
  CLI::App before("", "outmap");
  declare_shared(before, options_, true);
  before.prefix_command();
  bool want_version = false;
  bool want_help = false;
  before.set_help_flag();
  before.add_flag("--version,-V", want_version);
  before.add_flag("--help,-h", want_help);
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    before.parse(std::move(reversed));
  } catch (const CLI::ParseError& e) {
    return usage(sentence_of(e), "`outmap help` shows the commands");
  }
  auto rest = before.remaining();
  if (want_version) return told_version();
  if (want_help) return help({});
  if (rest.empty()) {
    if (!arguments.empty()) return usage("no command is given", "`outmap help` shows the commands");
    print_overview();
    auto ended = usage("no command is given", "for example: outmap help sync");
    return ended;
  }
  const std::string name = rest.front();
  rest.erase(rest.begin());
  if (name.starts_with('-')) return usage(unexpected_argument(before), "`outmap help` shows commands and options");
  if (name == "help") return help(rest);
  if (name == "version") return told_version();
  return parse_and_run(name, std::move(rest));
}

// Standard output did not take all of the answer.
void program::note_failed_output(outcome& ended) {
  const int code = out().problem();
  if (ended.problem || code == 0) return;
  const bool full = code == ENOSPC || code == EDQUOT || code == EFBIG;
  ended.problem =
      error(full ? errc::disk_full : errc::file_error, "standard output: " + std::generic_category().message(code));
  ended.code = exit_code_of(ended.problem->code);
  ended.advice.clear();
  ended.told = false;
}

void program::finish(outcome& ended, double seconds) {
  auto& to = out();
  to.flush();
  note_failed_output(ended);
  if (ended.problem) ended.problem = hidden_.clean(*ended.problem);
  const auto what_to_do = [&] {
    return ended.problem && ended.advice.empty() ? std::string(advice(ended.problem->code)) : ended.advice;
  };
  json result = {{"command", running_.empty() ? json(nullptr) : json(running_)},
                 {"exit_code", static_cast<int>(ended.code)},
                 {"counts", ended.counts},
                 {"bytes", ended.octets},
                 {"seconds", std::round(seconds * 1000) / 1000}};
  if (ended.problem) result["error"] = json_of(*ended.problem, what_to_do());
  to.event("result", result);
  to.flush();
  note_failed_output(ended);
  if (ended.problem && !ended.told) to.failure(sentence(*ended.problem), what_to_do());
}

// What nobody foresaw still ends in a result.
outcome program::answer_or_problem(const std::vector<std::string>& arguments) {
  try {
    return answer(arguments);
  } catch (const std::exception& e) {
    return outcome::of(error(errc::internal, e.what()));
  }
}

exit_code program::run(const std::vector<std::string>& arguments) {
  const auto began = std::chrono::steady_clock::now();
  const auto end_of_options = std::find(arguments.begin(), arguments.end(), "--");
  early_json_ = std::find(arguments.begin(), end_of_options, "--json") != end_of_options;
  auto ended = answer_or_problem(arguments);
  finish(ended, std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
  return ended.code;
}

void say_plainly(const char* what) noexcept {
  std::fputs("outmap: internal error: ", stderr);
  std::fputs(what, stderr);
  std::fputs("\n  please report it with a --trace\n", stderr);
}

}  // namespace

exit_code run_program(const std::vector<std::string>& arguments, std::optional<secret> environment_password,
                      interruption& stop) noexcept {
  try {
    return program(std::move(environment_password), stop).run(arguments);
  } catch (const std::exception& e) {
    say_plainly(printable(e.what()).c_str());
  } catch (...) {
    say_plainly("unknown exception");
  }
  return exit_code::internal;
}

}  // namespace outmap::cli
