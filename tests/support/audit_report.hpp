// Runs the auditor over a text and keeps what it says, one line a verdict.
#pragma once

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "outmap/audit.hpp"
#include "outmap/trace.hpp"

namespace outmap::test {

/// A source that gives `text` in pieces of at most `chunk` octets.
inline audit_source source_of(std::string text, std::size_t chunk = std::size_t{1} << 16) {
  return [text = std::move(text), at = std::size_t{0}, chunk](std::span<char> into) mutable -> result<std::size_t> {
    const auto count = std::min({into.size(), chunk, text.size() - at});
    std::memcpy(into.data(), text.data() + at, count);
    at += count;
    return count;
  };
}

/// "14 violation abcd EXAMINE INBOX: OIMAP-V0040", "2 allowed abcd NOOP: OIMAP-V0028".
class audit_report final : public audit_observer {
 public:
  std::vector<audited_command> commands;
  std::vector<std::string> findings;  ///< "OIMAP-V0040 what", also those of no command
  std::vector<std::string> remarks;
  std::vector<std::string> lines;

  void on_command(const audited_command& c) override {
    auto line = std::to_string(c.where.line) + ' ' + std::string(to_string(c.verdict)) + ' ' + c.tag +
                (c.tag.empty() ? "" : " ") + c.text + ':';
    if (c.findings.empty()) line += ' ' + std::string(c.extension.empty() ? c.rule : c.extension);
    for (const auto& f : c.findings) {
      for (const auto rule : f.rules) line += ' ' + std::string(rule);
      findings.push_back(std::string(f.rules.front()) + ' ' + f.what);
    }
    lines.push_back(std::move(line));
    commands.push_back(c);
  }
  void on_finding(std::uint64_t, const audit_finding& f) override {
    findings.push_back(std::string(f.rules.front()) + ' ' + f.what);
  }
  void on_remark(std::string_view, std::string_view text) override { remarks.emplace_back(text); }

  /// Findings of this rule, whether it is named first or not.
  [[nodiscard]] std::size_t count(std::string_view rule) const {
    std::size_t out = 0;
    for (const auto& c : commands) {
      for (const auto& f : c.findings)
        out += static_cast<std::size_t>(std::count(f.rules.begin(), f.rules.end(), rule));
    }
    return out;
  }
  /// The violations and their reasons, for a failure message.
  [[nodiscard]] std::string violations() const {
    std::string out;
    for (const auto& c : commands) {
      for (const auto& f : c.findings) {
        out += std::to_string(c.where.line) + ": " + c.tag + ' ' + c.text + ": " + std::string(f.rules.front()) + ' ' +
               f.what + '\n';
      }
    }
    for (const auto& f : findings) {
      if (commands.empty()) out += f + '\n';
    }
    return out;
  }
};

/// A trace in memory, in the form that the program's --trace writes.
class audited_trace final : public trace_sink {
 public:
  std::string text;
  void client(std::string_view line) noexcept override { text.append("C: ").append(line) += '\n'; }
  void server(std::string_view line) noexcept override { text.append("S: ").append(line) += '\n'; }
  void note(std::string_view line) noexcept override { text.append("# ").append(line) += '\n'; }
  trace_sink* beside(std::size_t number) noexcept override {
    auto& one = beside_[number];
    if (!one) one = std::make_unique<other_session>(text, std::to_string(number));
    return one.get();
  }

  /// Empty, or what the auditor has against the client under this policy.
  [[nodiscard]] std::string violations(const auth_policy& policy = {}) const {
    audit_report report;
    auditor judge({policy}, report);
    const auto ok = judge.transcript({"trace", source_of(text)});
    if (!ok) return ok.error().message();
    if (judge.summary().commands == 0 && text.find("C: ") != std::string::npos) return "no command was judged";
    return judge.summary().clean()
               ? std::string()
               : report.violations() + "(" + std::to_string(judge.summary().findings) + " findings)";
  }

 private:
  struct other_session final : trace_sink {
    other_session(std::string& to, std::string number) : text(to), mark(std::move(number)) {}
    void client(std::string_view line) noexcept override { text.append("C" + mark + ": ").append(line) += '\n'; }
    void server(std::string_view line) noexcept override { text.append("S" + mark + ": ").append(line) += '\n'; }
    void note(std::string_view line) noexcept override { text.append("# [" + mark + "] ").append(line) += '\n'; }
    std::string& text;
    std::string mark;
  };
  std::map<std::size_t, std::unique_ptr<other_session>> beside_;
};

}  // namespace outmap::test
