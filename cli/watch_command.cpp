// outmap watch: tells what happens in a folder, as it happens.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/account_source.hpp"
#include "cli/cache_folder.hpp"
#include "cli/command.hpp"
#include "cli/credentials.hpp"
#include "cli/watch_observer.hpp"
#include "outmap/account.hpp"

namespace outmap::cli {
namespace {

class watch_command final : public command {
 public:
  std::string_view name() const override { return "watch"; }
  std::string_view summary() const override { return "Keep a folder's cache up to date and tell what happens in it"; }
  std::string_view examples() const override {
    return "A line an event: new, changed, gone (folder and UID), unread (folder and number), connected, "
           "disconnected.\n"
           "What a line tells is in the cache already. Lost connections are opened again. SIGINT and SIGTERM end the\n"
           "watch with exit code 0; what no retry cures (`outmap help exit-codes`) ends it with its own code.\n\n"
           "Examples:\n"
           "  outmap watch\n"
           "  outmap watch --account work --folder Projects\n"
           "  outmap watch --json | jq -r 'select(.event == \"message_new\") | .uid'";
  }
  bool uses_network() const override { return true; }
  void declare(CLI::App& app) override;
  outcome run(surroundings& with) override;

 private:
  watch_options how_;
};

void interval_option(CLI::App& app, const std::string& name, std::chrono::seconds& into, const std::string& help) {
  app.add_option_function<std::uint64_t>(
         name,
         [&into](const std::uint64_t& seconds) {
           constexpr std::uint64_t more_than_a_day = 100'000;
           into = std::chrono::seconds(std::min(seconds, more_than_a_day));
         },
         help)
      ->type_name("SECONDS")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
      ->group("Watch");
}

void watch_command::declare(CLI::App& app) {
  app.add_option("--folder", how_.folder, "The folder to watch")
      ->type_name("FOLDER")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
      ->capture_default_str()
      ->group("Watch");
  interval_option(app, "--rescan", how_.rescan_interval,
                  "Between two full listings, which find flags changed elsewhere (900)");
  interval_option(app, "--unread", how_.unseen_interval,
                  "Between two counts of unread messages in the other folders; 0: never (300)");
}

outcome watch_command::run(surroundings& with) {
  if (auto ok = validate(how_); !ok) {
    return outcome::of(error(errc::invalid_argument, "--folder, --rescan, --unread: " + ok.error().detail));
  }
  auto chosen = choose_accounts(with.options, how_many::one, with.environment_password);
  if (!chosen) return outcome::of(chosen.error());
  auto& one = chosen->front();
  if (auto ok = prepare_cache_folder(one.config); !ok) return outcome::of(ok.error());
  if (auto ok = complete_credentials(one, with); !ok) return outcome::of(ok.error());
  watch_observer heard(with.out, one.config.name, with.hidden);
  account a(std::move(one.config), &heard, with.trace);
  heard.when_nobody_reads([&a] { a.cancel(); });
  const interruption::hook stop(with.stop, [&a] { a.cancel(); });
  const auto report = a.watch(how_);
  if (!report) return report.error().code == errc::cancelled ? outcome() : outcome::of(report.error());
  outcome out;
  out.counts = {{"connections", report->connections},
                {"lost", report->lost},
                {"idles", report->idles},
                {"noops", report->noops},
                {"full_scans", report->full_scans},
                {"quick_scans", report->quick_scans},
                {"new", report->messages_new},
                {"changed", report->messages_changed},
                {"gone", report->messages_expunged}};
  return out;
}

}  // namespace

std::unique_ptr<command> make_watch_command() { return std::make_unique<watch_command>(); }

}  // namespace outmap::cli
