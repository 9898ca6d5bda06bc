// outmap sync: bring the cache to the server's state.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/account_source.hpp"
#include "cli/cache_folder.hpp"
#include "cli/command.hpp"
#include "cli/credentials.hpp"
#include "cli/forecast.hpp"
#include "cli/json_events.hpp"
#include "cli/locations.hpp"
#include "cli/progress_display.hpp"
#include "cli/quantity.hpp"
#include "cli/run_observer.hpp"
#include "cli/send_changes.hpp"
#include "cli/sync_policy.hpp"
#include "cli/sync_totals.hpp"
#include "outmap/account.hpp"

namespace outmap::cli {
namespace {

class sync_command final : public command {
 public:
  std::string_view name() const override { return "sync"; }
  std::string_view summary() const override { return "Fetch what is new on the server into the local cache"; }
  std::string_view examples() const override {
    return "Without --account all accounts of the configuration file are synced in turn. What waits in the\n"
           "outbox is sent first; nothing else on the server is changed. What the server refuses waits there (exit "
           "code 3).\n"
           "A sync that was stopped goes on where it was when it is run again.\n"
           "With --dry-run the server is asked and nothing is done: neither cache nor outbox nor server is changed. "
           "Exit\n"
           "code 4 says that there is something to do, 0 that there is nothing; where the sync itself would not come "
           "to\n"
           "its end, the code is that of the sync (21: too much is missing on the server). A folder with another\n"
           "UIDVALIDITY is something to do: a sync takes the new UIDs over and keeps the mail.\n\n"
           "Examples:\n"
           "  outmap sync --url imaps://anna@imap.example.org\n"
           "  outmap sync --account work --exclude Spam --exclude 'Trash*'\n"
           "  outmap sync --quick              # is there new mail?\n"
           "  outmap sync --dry-run            # what would a sync do?\n"
           "  outmap sync --bodies none        # headers only\n"
           "  outmap sync -q                   # from cron: only failures are written";
  }
  bool uses_network() const override { return true; }
  void declare(CLI::App& app) override;
  outcome run(surroundings& with) override;

 private:
  outcome sync_one(chosen_account& chosen, surroundings& with, bool several) const;
  outcome concluded(const std::string& label, const sync_report& report, surroundings& with, bool several) const;

  void declare_policy(CLI::App& app);

  sync_options folders_;
  std::optional<body_mode> bodies_;
  std::optional<std::optional<std::uint32_t>> keep_expunged_;
};

json counts_of(const sync_totals& t, const outbox_report& outbox) {
  return {{"folders", t.folders},
          {"failed_folders", t.failed_folders},
          {"added", t.added},
          {"flags_changed", t.flags_changed},
          {"vanished", t.vanished},
          {"bodies", t.bodies},
          {"adopted", t.adopted},
          {"quarantined", t.quarantined},
          {"changes_sent", outbox.sent + outbox.already_there},
          {"changes_refused", outbox.refused},
          {"changes_in_conflict", outbox.conflicts},
          {"changes_left", outbox.left}};
}

// Adds the numbers of `more` to those of `to`.
void add_counts(json& to, const json& more) {
  for (const auto& [key, value] : more.items()) to[key] = to.value(key, std::uint64_t{0}) + value.get<std::uint64_t>();
}

std::string_view word_for(exit_code code) {
  switch (code) {
    case exit_code::complete: return "complete";
    case exit_code::partial: return "partial";
    case exit_code::interrupted: return "interrupted";
    default: return "failed";
  }
}

std::string summary_text(const sync_totals& t, const sync_report& report) {
  std::string out = counted(t.folders, "folder", "folders") +
                    fmt::format(", {} new, {} changed, {} gone", t.added, t.flags_changed, t.vanished);
  if (t.adopted > 0) out += fmt::format(", {} taken over", t.adopted);
  if (t.quarantined > 0) out += fmt::format(", {} not delivered by the server", t.quarantined);
  if (t.failed_folders > 0) out += ", " + counted(t.failed_folders, "folder", "folders") + " failed";
  if (const auto sent = report.outbox.sent + report.outbox.already_there; sent > 0)
    out += ", sent " + counted(sent, "change", "changes");
  return out + "; fetched " + counted(t.bodies, "message", "messages") + ", " + octets_text(t.octets) + " in " +
         duration_text(report.seconds);
}

void sync_command::declare(CLI::App& app) {
  app.add_flag_callback(
         "--quick", [this] { folders_.depth = sync_depth::quick; },
         "Ask only for what is new; flags changed elsewhere on older messages are seen by a sync without it")
      ->group("Sync");
  app.add_flag("--retry-quarantined", folders_.retry_quarantined,
               "Ask again for messages that the server could not deliver, also before their time")
      ->group("Sync");
  app.add_flag("--dry-run", folders_.dry_run, "Change nothing, say what would be done")->group("Sync");
  declare_policy(app);
  patterns_option(app, "--folder", folders_.include, "Only folders that match this pattern (* and ?); may be repeated",
                  "Sync");
  patterns_option(app, "--exclude", folders_.exclude, "Not the folders that match this pattern; may be repeated",
                  "Sync");
}

// What a reader of values makes of an option's text.
template <class T>
T value_of(const char* option, result<T> got) {
  if (!got) throw CLI::ValidationError(option, got.error().detail);
  return std::move(*got);
}

void sync_command::declare_policy(CLI::App& app) {
  app.add_option_function<std::string>(
         "--max-delete",
         [this](const std::string& text) {
           folders_.allow_deletions = value_of("--max-delete", deletion_limit_from(text));
         },
         "Take nothing for deleted in a folder of which more messages are gone than this; new mail still comes "
         "(default 50%, and more than 20)")
      ->type_name("N|P%")
      ->group("Sync")
      ->take_last();
  app.add_flag_callback(
         "--allow-mass-delete", [this] { folders_.allow_deletions = deletion_limit::none(); },
         "However many messages or folders are gone from the server, take them for deleted")
      ->group("Sync");
  app.add_option_function<std::string>(
         "--bodies", [this](const std::string& text) { bodies_ = value_of("--bodies", body_mode_from(text)); },
         "all (default), or none: headers alone; `outmap fetch` brings single bodies")
      ->type_name("WHICH")
      ->group("Sync")
      ->take_last();
  app.add_option_function<std::string>(
         "--keep-expunged",
         [this](const std::string& text) { keep_expunged_ = value_of("--keep-expunged", keep_expunged_from(text)); },
         "How long to keep what the server has expunged: forever (default), none, or a number of days")
      ->type_name("DAYS")
      ->group("Sync")
      ->take_last();
}

// A typing error in a script would otherwise back up nothing, and say that all is well.
outcome nothing_chosen() {
  auto out = outcome::of(error(errc::no_such_mailbox, "no folder matches --folder (or `folder` in the file)"));
  out.advice = "`outmap folders` shows the names; patterns match whole names, with * and ?";
  return out;
}

outcome sync_command::concluded(const std::string& label, const sync_report& report, surroundings& with,
                                bool several) const {
  if (report.forecast) return tell_forecast(label, report, several, with.out);
  const sync_totals t(report);
  auto out = report.failure ? outcome::of(*report.failure) : changes_left(report.outbox).value_or(outcome());
  out.told = told_by_a_folder(report);
  out.counts = counts_of(t, report.outbox);
  out.octets = t.octets;
  return out;
}

outcome sync_command::sync_one(chosen_account& chosen, surroundings& with, bool several) const {
  const bool makes_folder = !folders_.dry_run || chosen.config.cache.empty();
  if (auto ok = makes_folder ? prepare_cache_folder(chosen.config) : result<void>{}; !ok)
    return outcome::of(ok.error());
  if (auto ok = complete_credentials(chosen, with); !ok) return outcome::of(ok.error());
  const std::string label = chosen.config.name;
  sync_options which = folders_;
  if (bodies_) chosen.config.bodies = *bodies_;
  if (keep_expunged_) chosen.config.keep_expunged = *keep_expunged_;
  if (which.include.empty()) which.include = chosen.folders.include;
  if (which.exclude.empty()) which.exclude = chosen.folders.exclude;
  progress_display progress(with.out, with.options.output.progress, label);
  run_observer watch(with.out, label, with.hidden, &progress);
  account a(std::move(chosen.config), &watch, with.trace);
  const interruption::hook stop(with.stop, [&a] { a.cancel(); });
  const auto report = a.sync(which);
  if (!report) {
    auto out = outcome::of(report.error());
    progress.finish(word_for(out.code));
    return out;
  }
  auto out = concluded(label, *report, with, several);
  if (!report->failure && report->folders.empty() && !which.include.empty()) out = nothing_chosen();
  if (!report->forecast) {
    progress.finish(word_for(out.code));
    with.out.report(printable(label, 256) + ": " + std::string(word_for(out.code)) + ": " +
                    summary_text(sync_totals(*report), *report));
  }
  if (watch.warnings() > 0 && with.out.verbosity() == 0) {
    with.out.warn(printable(label, 256) + ": " + counted(watch.warnings(), "answer", "answers") +
                  " of the server stepped over; -v shows them");
  }
  return out;
}

outcome sync_command::run(surroundings& with) {
  auto accounts = choose_accounts(with.options, how_many::all, with.environment_password);
  if (!accounts) return outcome::of(accounts.error());
  outcome whole;
  std::vector<exit_code> codes;
  for (auto& chosen : *accounts) {
    if (with.stop.requested()) {
      whole.problem = error(errc::cancelled);
      with.out.failure(sentence(*whole.problem), advice(errc::cancelled));
      codes.push_back(exit_code::interrupted);
      break;
    }
    const std::string label = chosen.config.name;
    auto one = sync_one(chosen, with, accounts->size() > 1);
    if (one.problem) one.problem = with.hidden.clean(*one.problem);
    codes.push_back(one.code);
    add_counts(whole.counts, one.counts);
    whole.octets += one.octets;
    if (accounts->size() == 1) return one;
    json event = {
        {"account", label}, {"exit_code", static_cast<int>(one.code)}, {"counts", one.counts}, {"bytes", one.octets}};
    if (one.problem) event["error"] = json_of(*one.problem, advice(one.problem->code));
    with.out.event("account", event);
    if (one.problem && !one.told)
      with.out.failure(printable(label, 256) + ": " + sentence(*one.problem), advice(one.problem->code));
    if (one.problem && !whole.problem) whole.problem = std::move(one.problem);
  }
  whole.code = combined(codes);
  whole.counts["accounts"] = codes.size();
  whole.told = true;
  if (whole.code == exit_code::interrupted)
    whole.problem = error(errc::cancelled);
  else if (whole.code == exit_code::partial)
    whole.problem = error(errc::incomplete, "not all accounts could be synced to the end");
  return whole;
}

}  // namespace

std::unique_ptr<command> make_sync_command() { return std::make_unique<sync_command>(); }

}  // namespace outmap::cli
