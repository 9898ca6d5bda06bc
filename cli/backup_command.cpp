// outmap backup: accounts, side by side, into their caches, with a record and a seal.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <mutex>

#include "cli/account_source.hpp"
#include "cli/backup_json.hpp"
#include "cli/cache_folder.hpp"
#include "cli/command.hpp"
#include "cli/credentials.hpp"
#include "cli/forecast.hpp"
#include "cli/progress_display.hpp"
#include "cli/quantity.hpp"
#include "cli/run_observer.hpp"
#include "cli/several_accounts.hpp"
#include "cli/shared_observer.hpp"
#include "cli/sync_policy.hpp"
#include "outmap/backup.hpp"

namespace outmap::cli {
namespace {

constexpr unsigned default_jobs = 4;
constexpr unsigned most_jobs = 64;

class backup_command final : public command {
 public:
  std::string_view name() const override { return "backup"; }
  std::string_view summary() const override { return "Copy whole accounts into their caches, provably"; }
  std::string_view examples() const override {
    return "Nothing on the server is changed: a command that would is refused before it is sent, and what waits in\n"
           "the outbox stays there. What the server expunged is kept. Each run is recorded in the cache (`outmap\n"
           "report`), and the store is sealed with a chain of digests that `outmap verify` checks.\n"
           "An account that fails does not keep the others from being backed up: exit code 3.\n"
           "With --dry-run the servers are asked and nothing is done, recorded or sealed; the exit codes are those "
           "of\n"
           "`outmap sync --dry-run`: 4 says that there is something to back up.\n\n"
           "Examples:\n"
           "  outmap backup --all --jobs 8 --lock-wait 600      # from cron or a timer\n"
           "  outmap backup work home --keep-expunged 365\n"
           "  outmap backup --url imaps://anna@imap.example.org --cache /srv/mail/anna.outmap";
  }
  bool uses_network() const override { return true; }
  bool runs_unattended() const override { return true; }
  void declare(CLI::App& app) override;
  outcome run(surroundings& with) override;

 private:
  void declare_policy(CLI::App& app);
  outcome back_up(chosen_account chosen, surroundings& with, bool alone);
  outcome concluded(const std::string& label, const backup_report& report, surroundings& with, bool alone);
  void tell(const std::string& label, outcome& one, surroundings& with, bool alone);
  static void tell_retry(const std::string& label, const outcome& one, surroundings& with);

  std::vector<std::string> names_;
  bool all_ = false;
  unsigned jobs_ = default_jobs;
  unsigned retries_ = 1;
  backup_options what_;
  std::optional<std::optional<std::uint32_t>> keep_expunged_;
  std::mutex speaking_;
};

template <class T>
T value_of(const char* option, result<T> got) {
  if (!got) throw CLI::ValidationError(option, got.error().detail);
  return std::move(*got);
}

void backup_command::declare(CLI::App& app) {
  app.add_option("ACCOUNT", names_, "Accounts of the configuration file")->group("Backup");
  app.add_flag("--all", all_, "All accounts of the configuration file")->group("Backup");
  app.add_option("--jobs", jobs_, "So many accounts at a time (default 4)")
      ->type_name("N")
      ->check(CLI::Range(1U, most_jobs))
      ->group("Backup")
      ->take_last();
  app.add_option("--retry", retries_,
                 "Try accounts again, so many times, that failed for the network or the server's state (default 1)")
      ->type_name("N")
      ->check(CLI::Range(0U, 10U))
      ->group("Backup")
      ->take_last();
  app.add_option_function<std::string>(
         "--lock-wait",
         [this](const std::string& text) {
           const auto seconds = number_from(text, 0, UINT32_MAX);
           if (!seconds) throw CLI::ValidationError("--lock-wait", seconds.error().detail);
           what_.lock_wait = std::chrono::seconds(*seconds);
         },
         "Wait so many seconds for another run that uses the cache (default 0: fail at once)")
      ->type_name("SECONDS")
      ->group("Backup")
      ->take_last();
  app.add_flag("--dry-run", what_.what.dry_run, "Change nothing, say what would be done")->group("Backup");
  declare_policy(app);
  patterns_option(app, "--folder", what_.what.include,
                  "Only folders that match this pattern (* and ?); may be repeated", "Backup");
  patterns_option(app, "--exclude", what_.what.exclude, "Not the folders that match this pattern; may be repeated",
                  "Backup");
}

void backup_command::declare_policy(CLI::App& app) {
  app.add_option_function<std::string>(
         "--keep-expunged",
         [this](const std::string& text) { keep_expunged_ = value_of("--keep-expunged", keep_expunged_from(text)); },
         "How long to keep what the server has expunged: forever (default), none, or a number of days")
      ->type_name("DAYS")
      ->group("Backup")
      ->take_last();
  app.add_option_function<std::string>(
         "--max-delete",
         [this](const std::string& text) {
           what_.what.allow_deletions = value_of("--max-delete", deletion_limit_from(text));
         },
         "Take nothing for deleted in a folder of which more messages are gone than this; new mail still comes "
         "(default 50%, and more than 20)")
      ->type_name("N|P%")
      ->group("Backup")
      ->take_last();
  app.add_flag_callback(
         "--allow-mass-delete", [this] { what_.what.allow_deletions = deletion_limit::none(); },
         "However many messages or folders are gone from the server, take them for deleted")
      ->group("Backup");
  app.add_flag("--retry-quarantined", what_.what.retry_quarantined,
               "Ask again for messages that the server could not deliver, also before their time")
      ->group("Backup");
}

json counts_of(const backup_report& r) {
  return {{"folders", r.run.folders},
          {"failed_folders", r.run.failed_folders},
          {"added", r.run.added},
          {"flags_changed", r.run.flags_changed},
          {"vanished", r.run.vanished},
          {"bodies", r.run.bodies},
          {"quarantined", r.run.quarantined}};
}

std::string summary_text(const backup_report& r) {
  std::string out = counted(r.run.folders, "folder", "folders") +
                    fmt::format(", {} new, {} changed, {} gone", r.run.added, r.run.flags_changed, r.run.vanished);
  if (r.run.quarantined > 0) out += fmt::format(", {} not delivered by the server", r.run.quarantined);
  if (r.run.failed_folders > 0) out += ", " + counted(r.run.failed_folders, "folder", "folders") + " failed";
  out += "; fetched " + octets_text(r.run.body_octets) + " in " + duration_text(r.sync.seconds) + "; holds " +
         counted(r.run.held_messages, "message", "messages") + ", " + octets_text(r.run.held_octets);
  return out + (r.seal.empty() ? "; not sealed" : "; seal " + r.seal.substr(0, 16));
}

outcome backup_command::concluded(const std::string& label, const backup_report& report, surroundings& with,
                                  bool alone) {
  const std::lock_guard lock(speaking_);
  if (report.sync.forecast) return tell_forecast(label, report.sync, !alone, with.out);
  json event = {{"account", label}, {"seal", report.seal}};
  event.update(json_of(report.run));
  with.out.event("backup", event);
  with.out.report(printable(label, 256) + ": " + report.run.outcome + ": " + summary_text(report));
  if (report.unsealed && report.unsealed->code != errc::cancelled)
    with.out.warn(printable(label, 256) + ": not sealed: " + sentence(*report.unsealed));
  auto out = report.sync.failure ? outcome::of(*report.sync.failure) : outcome();
  out.counts = counts_of(report);
  out.octets = report.run.body_octets;
  return out;
}

// On a thread of its own: `with` is used under the mutex alone.
outcome backup_command::back_up(chosen_account chosen, surroundings& with, bool alone) {
  const std::string label = chosen.config.name;
  auto what = what_;
  {
    const std::lock_guard lock(speaking_);
    const bool makes_folder = !what.what.dry_run || chosen.config.cache.empty();
    if (auto ok = makes_folder ? prepare_cache_folder(chosen.config) : result<void>{}; !ok)
      return outcome::of(ok.error());
    if (auto ok = complete_credentials(chosen, with); !ok) return outcome::of(ok.error());
  }
  if (keep_expunged_) chosen.config.keep_expunged = *keep_expunged_;
  if (what.what.include.empty()) what.what.include = chosen.folders.include;
  if (what.what.exclude.empty()) what.what.exclude = chosen.folders.exclude;
  std::optional<run_observer> told;
  {
    const std::lock_guard lock(speaking_);
    told.emplace(with.out, label, with.hidden, nullptr);
  }
  shared_observer watch(*told, speaking_);
  account a(std::move(chosen.config), &watch, with.trace);
  const interruption::hook stop(with.stop, [&a] { a.cancel(); });
  const auto report = a.backup(what);
  if (!report) return outcome::of(report.error());
  auto out = concluded(label, *report, with, alone);
  if (!report->sync.failure && report->sync.folders.empty() && !what.what.include.empty())
    out = outcome::of(error(errc::no_such_mailbox, "no folder matches --folder (or `folder` in the file)"));
  return out;
}

bool may_succeed_later(const outcome& one) {
  return one.code == exit_code::network || one.code == exit_code::throttled || one.code == exit_code::protocol;
}

void backup_command::tell(const std::string& label, outcome& one, surroundings& with, bool alone) {
  if (one.problem) one.problem = with.hidden.clean(*one.problem);
  if (alone) return;
  json event = {
      {"account", label}, {"exit_code", static_cast<int>(one.code)}, {"counts", one.counts}, {"bytes", one.octets}};
  if (one.problem) event["error"] = json_of(*one.problem, advice(one.problem->code));
  with.out.event("account", event);
  if (one.problem) with.out.failure(printable(label, 256) + ": " + sentence(*one.problem), advice(one.problem->code));
}

void backup_command::tell_retry(const std::string& label, const outcome& one, surroundings& with) {
  const auto why = with.hidden.clean(*one.problem);
  with.out.event("retry", {{"account", label}, {"error", json_of(why, advice(why.code))}});
  with.out.warn(printable(label, 256) + ": " + sentence(why) + "; tried again later");
}

outcome backup_command::run(surroundings& with) {
  auto accounts = named_accounts(with, names_, all_);
  if (!accounts) return outcome::of(accounts.error());
  const bool alone = accounts->size() == 1;
  // A trace is of one conversation after the other.
  const auto jobs = with.trace != nullptr ? 1U : jobs_;
  std::vector<outcome> ends(accounts->size());
  std::vector<std::size_t> open(accounts->size());
  for (std::size_t i = 0; i < open.size(); ++i) open[i] = i;
  for (unsigned round = 0; round <= retries_ && !open.empty(); ++round) {
    const auto begun = run_beside(open.size(), jobs, with.stop, [&](std::size_t at) {
      ends[open[at]] = back_up((*accounts)[open[at]], with, alone);
      const std::lock_guard lock(speaking_);
      const bool again = may_succeed_later(ends[open[at]]) && round < retries_;
      if (!again) return tell((*accounts)[open[at]].config.name, ends[open[at]], with, alone);
      tell_retry((*accounts)[open[at]].config.name, ends[open[at]], with);
    });
    std::vector<std::size_t> again;
    for (std::size_t at = 0; at < open.size(); ++at) {
      if (!begun[at]) ends[open[at]] = outcome::of(error(errc::cancelled));
      if (begun[at] && may_succeed_later(ends[open[at]])) again.push_back(open[at]);
    }
    open = std::move(again);
  }
  if (alone) return std::move(ends.front());
  outcome whole;
  std::vector<exit_code> codes;
  for (const auto& one : ends) {
    codes.push_back(one.code);
    for (const auto& [key, value] : one.counts.items())
      whole.counts[key] = whole.counts.value(key, std::uint64_t{0}) + value.get<std::uint64_t>();
    whole.octets += one.octets;
  }
  const auto failed = static_cast<std::uint64_t>(std::count_if(codes.begin(), codes.end(), [](exit_code c) {
    return c != exit_code::complete && c != exit_code::changes_pending;
  }));
  whole.code = combined(codes);
  whole.counts["accounts"] = codes.size();
  whole.counts["failed_accounts"] = failed;
  whole.told = true;
  if (whole.code == exit_code::interrupted) {
    whole.problem = error(errc::cancelled);
  } else if (failed > 0) {
    if (failed < codes.size()) whole.code = exit_code::partial;
    whole.problem = error(errc::incomplete,
                          fmt::format("{} of {} accounts could not be backed up to the end", failed, codes.size()));
  }
  if (!what_.what.dry_run)
    with.out.report(fmt::format("{} of {} accounts backed up", codes.size() - failed, codes.size()));
  return whole;
}

}  // namespace

std::unique_ptr<command> make_backup_command() { return std::make_unique<backup_command>(); }

}  // namespace outmap::cli
