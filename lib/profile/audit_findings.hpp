// Gathers what is wrong with one client line.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "outmap/audit.hpp"
#include "profile/audit_rule.hpp"

namespace outmap::profile {

/// At most `most` findings, each said once.
class audit_findings {
 public:
  static constexpr std::size_t most = 20;

  void add(std::initializer_list<audit_rule> rules, std::string what) {
    audit_finding out;
    for (const auto rule : rules) out.rules.push_back(id(rule));
    out.what = std::move(what);
    add(std::move(out));
  }
  void add(audit_finding finding) {
    const bool said =
        std::any_of(all_.begin(), all_.end(), [&](const audit_finding& f) { return f.what == finding.what; });
    if (!said && all_.size() < most) all_.push_back(std::move(finding));
  }
  [[nodiscard]] bool empty() const { return all_.empty(); }
  [[nodiscard]] std::vector<audit_finding> take(const audit_place& where) {
    for (auto& f : all_) f.where = where;
    return std::exchange(all_, {});
  }

 private:
  std::vector<audit_finding> all_;
};

}  // namespace outmap::profile
