#include "cli/manual_page.hpp"

#include <algorithm>
#include <string_view>

#include "cli/account_file.hpp"
#include "cli/exit_code.hpp"
#include "outmap/version.hpp"

namespace outmap::cli {
namespace {

// '-' would become a hyphen that no shell takes; a line that begins with '.' or '\'' would be a request.
std::string roff(std::string_view text) {
  std::string out;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && (c == '.' || c == '\'')) out += "\\&";
    line_start = c == '\n';
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
  }
  return out;
}

// A macro's argument.
std::string argument(std::string_view text) {
  std::string out = "\"";
  for (const char c : roff(text)) {
    if (c == '"')
      out += "\\(dq";
    else
      out += c;
  }
  return out + "\"";
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

std::string title(std::string_view name) {
  return ".TH " + argument(upper(name)) + " 1 \"\" \"outmap " + std::string(version()) + "\" \"User Commands\"\n";
}

std::string heading(std::string_view words) { return ".SH " + argument(words) + "\n"; }

std::string tagged(std::string_view tag, std::string_view text) {
  return ".TP\n.B " + argument(tag) + "\n" + roff(text) + "\n";
}

// Lines as they are: what looks like a table stays one.
std::string literal(std::string_view lines) { return ".nf\n" + roff(lines) + "\n.fi\n"; }

// Indented lines stay as they are, the others are filled.
std::string paragraphs(std::string_view text) {
  std::string out;
  bool within = false;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const bool indented = line.starts_with("  ");
    if (indented != within) out += indented ? ".nf\n" : ".fi\n";
    within = indented;
    out += line.empty() ? ".PP\n" : roff(line) + "\n";
  }
  return within ? out + ".fi\n" : out;
}

std::string tag_of(const option_facts& option) {
  std::string out;
  for (const auto& name : option.names) out += (out.empty() ? "" : ", ") + name;
  if (!option.positional && !option.value.empty()) out += " " + option.value;
  return out;
}

std::string synopsis(const command_facts& command) {
  std::string out = ".B " + argument("outmap " + command.name) + "\n.RI [ OPTIONS ]";
  for (const auto& option : command.options) {
    if (!option.positional) continue;
    const auto name = roff(option.names.front()) + (option.repeated ? " ..." : "");
    out += option.required ? "\n.I " + argument(option.names.front() + (option.repeated ? " ..." : ""))
                           : "\n.RI [ " + argument(name) + " ]";
  }
  return out + "\n";
}

std::string options_of(const command_facts& command) {
  std::string out;
  for (const auto& option : command.options) {
    if (option.positional) out += tagged(option.names.front(), option.help);
  }
  std::string group;
  for (const auto& option : command.options) {
    if (option.positional) continue;
    if (option.group != group) out += ".SS " + argument(option.group) + "\n";
    group = option.group;
    out += tagged(tag_of(option), option.help);
  }
  return out;
}

std::string configuration() {
  std::string out = heading("CONFIGURATION FILE") +
                    roff(
                        "Accounts stand in outmap/outmap.toml in the XDG configuration folder "
                        "(~/.config/outmap/outmap.toml), or in the file that --config names. It is TOML:\n") +
                    ".PP\n" +
                    literal(
                        "  [account.work]\n  url = \"imaps://anna@mail.example.com\"\n"
                        "  password_command = \"pass show mail/work\"\n  cache = \"/srv/mail/work.outmap\"") +
                    ".PP\n" + roff("Every key but one of url and host may be left out:\n");
  for (const auto& row : account_keys()) out += tagged(row.name, row.meaning);
  return out;
}

}  // namespace

std::string overview_page(const std::vector<command_facts>& commands) {
  std::string out =
      title("outmap") + heading("NAME") +
      roff("outmap - fetch mail from an IMAP server, keep it in a local cache, find it and write it out\n") +
      heading("SYNOPSIS") + ".B outmap\n.I COMMAND\n.RI [ OPTIONS ]\n" + heading("DESCRIPTION") +
      roff(
          "outmap talks to an IMAP server as Outlook does, keeps what it fetches in a cache file of its own, "
          "and writes it out as ordinary files. A run can be stopped anywhere; the next one goes on from "
          "there. Nothing on the server is changed unless a command is there to change it.\n") +
      heading("COMMANDS");
  for (const auto& command : commands) {
    out += tagged(command.name, command.summary + ". See outmap-" + command.name + "(1).");
  }
  out += configuration();
  out +=
      heading("ENVIRONMENT") +
      tagged("OUTMAP_PASSWORD",
             "The password, for a command that works on one account. It is removed from the "
             "environment before anything else is done.") +
      tagged("XDG_CONFIG_HOME, XDG_DATA_HOME", "Where the configuration file and the caches are looked for.") +
      heading("FILES") +
      tagged("CACHE, CACHE.mail/", "What there is of an account, and the octets of its mail. They belong together.") +
      tagged("CACHE.outbox", "Changes that are not sent yet.") +
      tagged("CACHE.search", "The index of outmap-search(1); can be deleted at any time.") + heading("EXIT STATUS");
  for (const auto& row : exit_codes()) out += tagged(std::to_string(static_cast<int>(row.code)), row.meaning);
  return out + heading("SEE ALSO") + ".BR outmap\\-sync (1),\n.BR outmap\\-export (1),\n.BR outmap\\-search (1)\n";
}

std::string command_page(const command_facts& command) {
  const auto name = "outmap-" + command.name;
  std::string out = title(name) + heading("NAME") + roff(name + " - " + command.summary + "\n") + heading("SYNOPSIS") +
                    synopsis(command);
  out += heading("DESCRIPTION") + roff(command.summary + ".\n");
  if (!command.explanation.empty()) out += ".PP\n" + paragraphs(command.explanation);
  out += heading("OPTIONS") + options_of(command);
  if (!command.examples.empty()) out += heading("EXAMPLES") + literal(command.examples);
  return out + heading("EXIT STATUS") + roff("0 when all that was asked for was done; outmap(1) lists the others.\n") +
         heading("SEE ALSO") + ".BR outmap (1)\n";
}

}  // namespace outmap::cli
