// outmap profile: the rules of the wire profile, and the tests that prove each.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <map>

#include "cli/command.hpp"
#include "cli/nearest.hpp"
#include "cli/quantity.hpp"
#include "cli/rule_tests.hpp"
#include "cli/test_results.hpp"
#include "outmap/profile_rules.hpp"

namespace outmap::cli {
namespace {

struct source_name {
  std::string_view word;
  std::string_view document;
};
constexpr std::array<source_name, 3> sources = {
    {{"outlook", "MS-STANOIMAP"}, {"exchange", "MS-STANXIMAP"}, {"ntlm", "MS-OXIMAP4"}}};

constexpr std::size_t default_width = 100;
constexpr std::size_t longest_id = 64;

class profile_command final : public command {
 public:
  std::string_view name() const override { return "profile"; }
  std::string_view summary() const override { return "Show the rules outmap keeps to and the tests that prove them"; }
  std::string_view examples() const override {
    return "Works without network. Ids: OIMAP-… what Outlook does, XIMAP-… what Exchange does, NTLM-… how NTLM travels "
           "in "
           "IMAP.\n\n"
           "Examples:\n"
           "  outmap profile OIMAP-V0055\n"
           "  outmap profile --source outlook --results build/test-results\n"
           "  outmap profile --untested";
  }
  bool uses_network() const override { return false; }
  void declare(CLI::App& app) override;
  outcome run(surroundings& with) override;

 private:
  using chosen_rules = std::vector<const profile_rule*>;

  [[nodiscard]] result<chosen_rules> choose() const;
  void show(output& to, const profile_rule& rule);
  void show_json(output& to, const profile_rule& rule) const;
  [[nodiscard]] bool proven(const profile_rule& rule) const;
  [[nodiscard]] std::optional<verdict> verdict_of(const rule_test& test) const;
  [[nodiscard]] std::string verdict_text(std::optional<verdict> v) const;
  void count(const profile_rule& rule);
  [[nodiscard]] json counts() const;
  [[nodiscard]] std::string counts_text() const;

  std::vector<std::string> ids_;
  std::string document_;
  bool untested_ = false;
  std::string folder_;

  std::multimap<std::string_view, const rule_test*> tests_;
  std::optional<test_results> results_;
  std::map<std::string_view, std::uint64_t> counts_;
};

void profile_command::declare(CLI::App& app) {
  app.add_option("ID", ids_, "Only these rules (default: all)");
  app.add_option_function<std::string>(
         "--source",
         [this](const std::string& word) {
           const auto* const at =
               std::find_if(sources.begin(), sources.end(), [&](const source_name& s) { return s.word == word; });
           if (at == sources.end()) {
             throw CLI::ValidationError("--source", "'" + word + "' is none of outlook, exchange, ntlm");
           }
           document_ = at->document;
         },
         "Only the rules of one document: outlook (MS-STANOIMAP), exchange (MS-STANXIMAP) or ntlm (MS-OXIMAP4)")
      ->type_name("SOURCE")
      ->group("Profile");
  app.add_flag("--untested", untested_, "Only rules that are ours and that no test proves")->group("Profile");
  app.add_option("--results", folder_,
                 "With the verdicts of the last run of the tests: the folder test-results of a build")
      ->type_name("DIR")
      ->group("Profile");
}

result<profile_command::chosen_rules> profile_command::choose() const {
  chosen_rules out;
  if (ids_.empty()) {
    for (const auto& rule : profile_rules()) out.push_back(&rule);
  }
  for (auto id : ids_) {
    // A copied id may come in any case; the digits and dots do not change.
    for (char& c : id) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    const auto* const rule = find_profile_rule(id);
    if (rule == nullptr) {
      std::vector<std::string_view> known;
      for (const auto& r : profile_rules()) known.push_back(r.id);
      return fail(errc::invalid_argument, "no rule '" + printable(id, longest_id) + "'" + did_you_mean(id, known));
    }
    if (std::find(out.begin(), out.end(), rule) == out.end()) out.push_back(rule);
  }
  std::erase_if(out, [&](const profile_rule* rule) {
    if (!document_.empty() && rule->source != document_) return true;
    return untested_ && (rule->standing != rule_standing::ours || proven(*rule));
  });
  return out;
}

bool profile_command::proven(const profile_rule& rule) const {
  const auto [first, last] = tests_.equal_range(rule.id);
  return std::any_of(first, last, [](const auto& entry) { return entry.second->proves; });
}

std::optional<verdict> profile_command::verdict_of(const rule_test& test) const {
  return results_ ? results_->of(test.file, test.name) : std::nullopt;
}

std::string profile_command::verdict_text(std::optional<verdict> v) const {
  if (!results_) return {};
  return v ? std::string(name_of(*v)) : "not run";
}

void profile_command::count(const profile_rule& rule) {
  ++counts_["rules"];
  if (rule.standing == rule_standing::not_ours) {
    ++counts_["not_ours"];
    return;
  }
  ++counts_["ours"];
  if (!proven(rule)) {
    ++counts_["untested"];
    return;
  }
  ++counts_["tested"];
  std::optional<verdict> worst;
  const auto [first, last] = tests_.equal_range(rule.id);
  for (auto at = first; at != last; ++at) {
    if (at->second->proves) worst = std::max(worst, verdict_of(*at->second));
  }
  if (results_) ++counts_[worst ? name_of(*worst) : "not_run"];
}

json profile_command::counts() const {
  json out = json::object();
  const auto add = [&](std::string_view name) {
    const auto at = counts_.find(name);
    out[std::string(name)] = at == counts_.end() ? 0 : at->second;
  };
  for (const auto* name : {"rules", "ours", "tested", "untested", "not_ours"}) add(name);
  if (results_) {
    for (const auto* name : {"passed", "failed", "skipped", "not_run"}) add(name);
  }
  return out;
}

std::string profile_command::counts_text() const {
  const auto n = counts();
  const auto of = [&](const char* name) { return std::to_string(n[name].get<std::uint64_t>()); };
  std::string out = counted(n["rules"].get<std::uint64_t>(), "rule", "rules") + ": " + of("ours") + " ours (" +
                    of("tested") + " with a test, " + of("untested") + " without), " + of("not_ours") + " not ours";
  if (results_) {
    out += "; in the last run " + of("passed") + " passed, " + of("failed") + " failed, " + of("skipped") +
           " skipped, " + of("not_run") + " not run";
  }
  return out;
}

// `text` in lines of at most `width` columns; a word that is longer stands alone.
void print_wrapped(output& to, std::string_view indent, std::string_view text, std::size_t width) {
  std::string line;
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (!line.empty() && indent.size() + line.size() + 1 + word.size() > width) {
      to.print(std::string(indent) + line);
      line.clear();
    }
    line += (line.empty() ? "" : " ") + std::string(word);
  }
  to.print(std::string(indent) + line);
}

void profile_command::show(output& to, const profile_rule& rule) {
  const auto width = to.width() > 0 ? std::max<std::size_t>(to.width(), 40) : default_width;
  to.print_heading(std::string(rule.id) + "  " + std::string(rule.topic));
  print_wrapped(to, "  ", rule.rule, width);
  to.print("  [" + std::string(rule.source) + "] " + std::string(rule.section));
  if (rule.standing == rule_standing::not_ours) print_wrapped(to, "  ", "not ours: " + std::string(rule.reason), width);
  const auto [first, last] = tests_.equal_range(rule.id);
  for (auto at = first; at != last; ++at) {
    const auto& test = *at->second;
    const auto became = verdict_text(verdict_of(test));
    std::string line =
        "  - " + (became.empty() ? "" : became + ": ") + printable(test.file) + ": " + printable(test.name);
    if (!test.subcase.empty()) line += " / " + printable(test.subcase);
    if (!test.proves) line += " (the auditor)";
    to.print(line);
  }
  if (rule.standing == rule_standing::ours && !proven(rule)) to.print("  - no test proves it");
}

void profile_command::show_json(output& to, const profile_rule& rule) const {
  json tests = json::array();
  const auto [first, last] = tests_.equal_range(rule.id);
  for (auto at = first; at != last; ++at) {
    const auto& test = *at->second;
    json entry = {{"file", test.file}, {"name", test.name}};
    if (!test.subcase.empty()) entry["subcase"] = test.subcase;
    entry["proves"] = test.proves;
    if (const auto became = verdict_of(test)) entry["verdict"] = name_of(*became);
    tests.push_back(std::move(entry));
  }
  const bool ours = rule.standing == rule_standing::ours;
  json event = {{"id", rule.id},       {"source", rule.source}, {"section", rule.section},
                {"topic", rule.topic}, {"rule", rule.rule},     {"standing", ours ? "ours" : "not_ours"}};
  if (!ours) event["reason"] = rule.reason;
  event["tests"] = std::move(tests);
  to.event("rule", event);
}

outcome profile_command::run(surroundings& with) {
  for (const auto& test : rule_tests()) tests_.emplace(test.id, &test);
  if (!folder_.empty()) {
    auto read = test_results::read(folder_);
    if (!read) return outcome::of(read.error());
    results_ = std::move(*read);
  }
  const auto rules = choose();
  if (!rules) {
    auto out = outcome::of(rules.error());
    out.advice = "`outmap profile` shows all rules";
    return out;
  }
  for (const auto* const rule : *rules) {
    if (with.out.reader_gone()) break;
    count(*rule);
    if (with.out.json_mode()) {
      show_json(with.out, *rule);
    } else {
      show(with.out, *rule);
    }
  }
  with.out.report(counts_text());
  outcome out;
  out.counts = counts();
  return out;
}

}  // namespace

std::unique_ptr<command> make_profile_command() { return std::make_unique<profile_command>(); }

}  // namespace outmap::cli
