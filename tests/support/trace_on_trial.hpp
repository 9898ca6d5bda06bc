// Holds what a session said against the profile when the session is over.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "support/audit_report.hpp"

namespace outmap::test {

/// A trace that fails the running test when it goes and the auditor has something against the client. Lines are passed
/// on to `also` unless it is null. Declare it before what writes to it.
class trace_on_trial final : public trace_sink {
 public:
  explicit trace_on_trial(auth_policy policy, trace_sink* also = nullptr) : policy_(std::move(policy)), also_(also) {}
  ~trace_on_trial() override {
    const auto against = kept_.violations(policy_);
    CHECK_MESSAGE(against.empty(), against);
  }
  trace_on_trial(const trace_on_trial&) = delete;
  trace_on_trial& operator=(const trace_on_trial&) = delete;

  void client(std::string_view line) noexcept override {
    kept_.client(line);
    if (also_ != nullptr) also_->client(line);
  }
  void server(std::string_view line) noexcept override {
    kept_.server(line);
    if (also_ != nullptr) also_->server(line);
  }
  void note(std::string_view line) noexcept override {
    kept_.note(line);
    if (also_ != nullptr) also_->note(line);
  }

  // Other sessions are judged, and not passed on.
  trace_sink* beside(std::size_t number) noexcept override { return kept_.beside(number); }

  [[nodiscard]] const std::string& text() const { return kept_.text; }

  /// Cuts the trace behind every line: no beginning of it may be held against the client.
  void check_cut_at_every_line() const {
    for (auto end = kept_.text.find('\n'); end != std::string::npos; end = kept_.text.find('\n', end + 1)) {
      audited_trace part;
      part.text = kept_.text.substr(0, end + 1);
      const auto against = part.violations(policy_);
      REQUIRE_MESSAGE(against.empty(), against);
    }
  }

 private:
  auth_policy policy_;
  trace_sink* also_;
  audited_trace kept_;
};

}  // namespace outmap::test
