// outmap login: try the login and say how it went, step by step.
#include "cli/account_source.hpp"
#include "cli/command.hpp"
#include "cli/connection_text.hpp"
#include "cli/credentials.hpp"
#include "cli/json_events.hpp"
#include "cli/run_observer.hpp"
#include "outmap/account.hpp"

namespace outmap::cli {
namespace {

class login_command final : public command {
 public:
  std::string_view name() const override { return "login"; }
  std::string_view summary() const override { return "Log in and out again, showing each step and why it failed"; }
  std::string_view examples() const override {
    return "Examples:\n"
           "  outmap login --url imaps://anna@imap.example.org\n"
           "  outmap login --account work --auth ntlm";
  }
  bool uses_network() const override { return true; }
  void declare(CLI::App&) override {}
  outcome run(surroundings& with) override;
};

void print_steps(output& out, const std::vector<login_step>& steps) {
  for (const auto& s : steps)
    out.print(labelled(s.outcome == "succeeded" ? "logged in by" : "tried or passed over", step_text(s)));
}

outcome login_command::run(surroundings& with) {
  auto chosen = choose_accounts(with.options, how_many::one, with.environment_password);
  if (!chosen) return outcome::of(chosen.error());
  auto& one = chosen->front();
  if (auto ok = complete_credentials(one, with); !ok) return outcome::of(ok.error());
  run_observer watch(with.out, one.config.name, with.hidden);
  account a(std::move(one.config), &watch, with.trace);
  const interruption::hook stop(with.stop, [&a] { a.cancel(); });
  auto report = a.login();
  std::vector<login_step> steps;
  for (const auto& s : a.steps()) steps.push_back(with.hidden.clean(s));
  print_steps(with.out, steps);
  if (!report) {
    auto out = outcome::of(report.error());
    out.counts = {{"steps", a.steps().size()}};
    return out;
  }
  report->steps = std::move(steps);
  with.out.event("login", json_of(*report));
  with.out.print(labelled("server", report->peer));
  print_tls(with.out, report->certificate);
  with.out.print(labelled("capabilities", words(report->capabilities)));
  with.out.print(
      labelled("logged in as", report->user + (report->preauthenticated ? " (the server asked for no login)" : "")));
  outcome out;
  out.counts = {{"steps", report->steps.size()}};
  return out;
}

}  // namespace

std::unique_ptr<command> make_login_command() { return std::make_unique<login_command>(); }

}  // namespace outmap::cli
