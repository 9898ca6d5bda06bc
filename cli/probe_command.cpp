// outmap probe: what a server offers, without logging in.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

#include "cli/account_source.hpp"
#include "cli/command.hpp"
#include "cli/connection_text.hpp"
#include "cli/json_events.hpp"
#include "cli/nearest.hpp"
#include "cli/run_observer.hpp"
#include "outmap/account.hpp"

namespace outmap::cli {
namespace {

class probe_command final : public command {
 public:
  std::string_view name() const override { return "probe"; }
  std::string_view summary() const override {
    return "Show a server's TLS, certificate, capabilities and login methods";
  }
  std::string_view examples() const override {
    return "Port 993 means TLS from the start, 143 STARTTLS; for other ports --tls decides. No password is needed.\n\n"
           "Examples:\n"
           "  outmap probe imap.example.org\n"
           "  outmap probe imap.example.org:143\n"
           "  outmap probe --account work --json";
  }
  bool uses_network() const override { return true; }
  void declare(CLI::App& app) override;
  outcome run(surroundings& with) override;

 private:
  result<account_config> server(const surroundings& with) const;
  static void print(output& out, const probe_report& report);

  std::string host_;
  std::string tls_;
};

void probe_command::declare(CLI::App& app) {
  app.add_option("HOST[:PORT]", host_, "The server; without it the account's");
  app.add_option_function<std::string>(
         "--tls",
         [this](const std::string& mode) {
           static constexpr std::array<std::string_view, 3> modes = {"implicit", "starttls", "none"};
           if (std::find(modes.begin(), modes.end(), mode) == modes.end()) {
             throw CLI::ValidationError(
                 "--tls", "'" + mode + "' is none of implicit, starttls, none" + did_you_mean(mode, modes));
           }
           tls_ = mode;
         },
         "implicit, starttls or none (default: by the port)")
      ->type_name("MODE")
      ->group("Probe");
}

result<account_config> probe_command::server(const surroundings& with) const {
  const auto& given = with.options.account;
  if (host_.empty()) {
    if (!tls_.empty()) return fail(errc::invalid_argument, "--tls goes with HOST; an account has its own");
    auto chosen = choose_accounts(with.options, how_many::one, std::nullopt);
    if (!chosen) return tl::unexpected(chosen.error());
    return std::move(chosen->front().config);
  }
  if (!given.url.empty() || !given.name.empty())
    return fail(errc::invalid_argument, "HOST excludes --url and --account");
  const bool is_url = host_.find("://") != std::string::npos;
  if (is_url && !tls_.empty()) return fail(errc::invalid_argument, "--tls: the URL says it already");
  auto config = account_from_url(is_url ? host_ : "imaps://" + host_);
  if (!config) return fail(errc::invalid_argument, "HOST[:PORT]: " + config.error().detail);
  if (!is_url) {
    config->tls = tls_ == "none"                                                ? tls_mode::none
                  : tls_ == "starttls" || (tls_.empty() && config->port == 143) ? tls_mode::starttls
                                                                                : tls_mode::implicit;
  }
  if (auto ok = apply(with.options.connection, *config); !ok) return tl::unexpected(ok.error());
  return config;
}

void probe_command::print(output& out, const probe_report& report) {
  out.print(labelled("server", report.peer));
  out.print(labelled("greeting", report.greeting));
  print_tls(out, report.certificate);
  if (report.tls == tls_mode::starttls)
    out.print(labelled("capabilities before TLS", words(report.capabilities_before_tls)));
  out.print(labelled("capabilities", words(report.capabilities)));
  const auto mechanisms = words(mechanisms_of(report.capabilities));
  out.print(labelled("mechanisms", mechanisms.empty() ? "none listed" : mechanisms));
  std::string tried;
  for (const auto& s : report.ladder) {
    if (would_be_tried(s)) tried += (tried.empty() ? "" : ", then ") + std::string(to_string(s.which));
  }
  out.print(labelled("a login would try", tried.empty() ? "nothing: no method is both offered and allowed" : tried));
  for (const auto& s : report.ladder) {
    if (!would_be_tried(s)) out.print(labelled("  passed over", step_text(s)));
  }
}

outcome probe_command::run(surroundings& with) {
  auto config = server(with);
  if (!config) return outcome::of(config.error());
  run_observer watch(with.out, config->name, with.hidden);
  account a(std::move(*config), &watch, with.trace);
  const interruption::hook stop(with.stop, [&a] { a.cancel(); });
  auto report = a.probe();
  if (!report) return outcome::of(report.error());
  with.out.event("probe", json_of(*report));
  print(with.out, *report);
  outcome out;
  out.counts = {{"capabilities", report->capabilities.size()},
                {"mechanisms", mechanisms_of(report->capabilities).size()}};
  return out;
}

}  // namespace

std::unique_ptr<command> make_probe_command() { return std::make_unique<probe_command>(); }

}  // namespace outmap::cli
