// outmap audit: is what a client said what Outlook would say?
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <map>

#include "cli/command.hpp"
#include "cli/quantity.hpp"
#include "cli/table.hpp"
#include "outmap/audit.hpp"
#include "outmap/profile_rules.hpp"

namespace outmap::cli {
namespace {

constexpr std::size_t longest_name = 4096;

json json_of(const audit_finding& f) {
  return {
      {"rules", f.rules}, {"what", f.what}, {"file", f.where.file}, {"line", f.where.line}, {"offset", f.where.offset}};
}

std::string place_text(const audit_place& where) {
  return printable(where.file, longest_name) + ':' + std::to_string(where.line);
}

std::string rules_text(const audit_finding& f) {
  std::string out;
  for (const auto rule : f.rules) out += (out.empty() ? "" : ", ") + std::string(rule);
  return out;
}

// Prints as the audit goes on. In short output a rule that is broken again and again is told only so often.
class audit_printer final : public audit_observer {
 public:
  explicit audit_printer(output& to) : to_(to) {}

  void on_command(const audited_command& c) override;
  void on_finding(std::uint64_t connection, const audit_finding& f) override;
  void on_remark(std::string_view file, std::string_view text) override;
  void print_counts(const audit_summary& counts);

 private:
  void print_finding(const audit_finding& f, const std::string& command);

  static constexpr std::uint64_t most_told = 5;
  output& to_;
  std::map<std::string_view, std::uint64_t> told_;
};

void audit_printer::print_finding(const audit_finding& f, const std::string& command) {
  const bool all = to_.verbosity() > 0;
  if (!all && ++told_[f.rules.front()] > most_told) return;
  to_.print(place_text(f.where) + ": " + rules_text(f) + ": " + f.what + (command.empty() ? "" : ": " + command));
}

void audit_printer::on_command(const audited_command& c) {
  const std::string command = c.tag + (c.tag.empty() ? "" : " ") + c.text;
  if (to_.json_mode()) {
    json findings = json::array();
    for (const auto& f : c.findings) findings.push_back(json_of(f));
    json event = {{"connection", c.connection},
                  {"verdict", to_string(c.verdict)},
                  {"tag", c.tag},
                  {"text", c.text},
                  {"rule", c.rule},
                  {"extension", c.extension},
                  {"findings", findings},
                  {"file", c.where.file},
                  {"line", c.where.line},
                  {"offset", c.where.offset}};
    to_.event("command", event);
    return;
  }
  if (to_.verbosity() > 0 && c.findings.empty()) {
    const auto by = std::string(c.extension.empty() ? c.rule : c.extension);
    to_.print(place_text(c.where) + ": " + std::string(to_string(c.verdict)) + " (" + by + "): " + command);
  }
  for (const auto& f : c.findings) print_finding(f, command);
}

void audit_printer::on_finding(std::uint64_t connection, const audit_finding& f) {
  json event = {{"connection", connection}};
  event.update(json_of(f));
  to_.event("finding", event);
  print_finding(f, {});
}

void audit_printer::on_remark(std::string_view file, std::string_view text) {
  to_.event("remark", {{"file", file}, {"text", text}});
  to_.warn(printable(file, longest_name) + ": " + std::string(text));
}

void audit_printer::print_counts(const audit_summary& counts) {
  if (!counts.by_rule.empty()) {
    to_.print("");
    table t({{"Rule", align::left}, {"Broken", align::right}, {"", align::left, 20}});
    for (const auto& [rule, times] : counts.by_rule) {
      const auto* const known = find_profile_rule(rule);
      t.add({rule, std::to_string(times), known != nullptr ? std::string(known->topic) : std::string()});
    }
    print_table(to_, t);
    std::uint64_t silent = 0;
    for (const auto& [rule, times] : told_) silent += times > most_told ? times - most_told : 0;
    if (silent > 0) to_.print(counted(silent, "finding is", "findings are") + " not shown above; -v shows all");
    to_.print("");
  }
  to_.print(fmt::format("{} on {}: {} allowed, {}, {}", counted(counts.commands, "client command", "client commands"),
                        counted(counts.connections, "connection", "connections"), counts.allowed,
                        counted(counts.extensions, "extension", "extensions"),
                        counted(counts.violations, "violation", "violations")));
}

class audit_command final : public command {
 public:
  std::string_view name() const override { return "audit"; }
  std::string_view summary() const override { return "Check a transcript: would Outlook have said this?"; }
  std::string_view examples() const override {
    return "Reads what --trace wrote, text of \"C: …\" and \"S: …\" lines, and Dovecot's rawlogs (x.in and x.out; one "
           "of "
           "them is enough).\nEvery client command is allowed, an extension, or a violation with the rule it breaks; "
           "`outmap profile RULE` explains a rule.\nExit code 5: something broke a rule. Never shown: arguments of "
           "LOGIN "
           "and lines of AUTHENTICATE.\n\n"
           "What the user allowed the client is not in a transcript: give --auth LIST (which login methods; default "
           "all) "
           "and\n--plaintext allowed (default tls-only), as for sync.\n\n"
           "Examples:\n"
           "  outmap audit trace.txt\n"
           "  outmap audit -v --json 20240101-120000.123.1.in\n"
           "  outmap audit - < trace.txt";
  }
  bool uses_network() const override { return false; }
  void declare(CLI::App& app) override;
  outcome run(surroundings& with) override;

 private:
  std::vector<std::string> files_;
};

void audit_command::declare(CLI::App& app) {
  app.add_option("FILE", files_, "Transcripts, in the order in which they happened; - is standard input")->required();
}

outcome audit_command::run(surroundings& with) {
  audit_options options;
  if (with.options.connection.auth) options.policy.allowed = *with.options.connection.auth;
  if (with.options.connection.plaintext) options.policy.plaintext = *with.options.connection.plaintext;
  const std::vector<std::filesystem::path> files(files_.begin(), files_.end());
  audit_printer printer(with.out);
  const auto counts = audit_files(files, options, printer);
  if (!counts) return outcome::of(counts.error());
  outcome out;
  out.counts = {{"connections", counts->connections}, {"commands", counts->commands},
                {"allowed", counts->allowed},         {"extensions", counts->extensions},
                {"violations", counts->violations},   {"findings", counts->findings}};
  json by_rule = json::object();
  for (const auto& [rule, times] : counts->by_rule) by_rule[rule] = times;
  out.counts["by_rule"] = by_rule;
  if (counts->commands == 0 && counts->clean()) {
    auto nothing = outcome::of(error(errc::invalid_argument, "no client command was found: there is nothing to judge"));
    nothing.counts = out.counts;
    return nothing;
  }
  printer.print_counts(*counts);
  if (!counts->clean()) out.code = exit_code::violation;
  return out;
}

}  // namespace

std::unique_ptr<command> make_audit_command() { return std::make_unique<audit_command>(); }

}  // namespace outmap::cli
