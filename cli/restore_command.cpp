// outmap restore: mail out of a cache and back onto a server.
#include "outmap/restore.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/account_source.hpp"
#include "cli/command.hpp"
#include "cli/credentials.hpp"
#include "cli/date_argument.hpp"
#include "cli/progress_display.hpp"
#include "cli/quantity.hpp"
#include "cli/run_observer.hpp"

namespace outmap::cli {
namespace {

class restore_command final : public command {
 public:
  std::string_view name() const override { return "restore"; }
  std::string_view summary() const override {
    return "Put what a cache holds, and the server lacks, back onto the server";
  }
  std::string_view examples() const override {
    return "Folders are made, messages appended with their flags and dates. Nothing is put there twice: what is on "
           "the\n"
           "server is looked at first, so a restore that was stopped is run again, and goes on. What the server "
           "refuses\n"
           "is named, and the rest is restored (exit code 3). With --dry-run exit code 4 says that there is something\n"
           "to restore. Messages with 8-bit text go out in a 7-bit encoding, and keywords do not go out.\n\n"
           "Examples:\n"
           "  outmap restore --account work --dry-run\n"
           "  outmap restore --account work --folder 'Projects/*' --into Restored\n"
           "  outmap restore --account work --to home --since 2024-01-01T00:00:00Z   # into another account\n"
           "  outmap restore --account work --rehearse          # to a folder of its own, compared, removed";
  }
  bool uses_network() const override { return true; }
  bool runs_unattended() const override { return true; }
  void declare(CLI::App& app) override;
  outcome run(surroundings& with) override;

 private:
  result<chosen_account> target(surroundings& with, restore_options& what) const;
  outcome concluded(const restore_report& report) const;
  void tell(const std::string& label, const restore_report& report, surroundings& with) const;

  std::string to_;
  restore_options what_;
};

void restore_command::declare(CLI::App& app) {
  app.add_option("--to", to_, "The account to restore to (default: the one whose cache it is)")
      ->type_name("ACCOUNT")
      ->group("Restore")
      ->take_last();
  app.add_option("--into", what_.into, "A folder below which everything goes")
      ->type_name("FOLDER")
      ->group("Restore")
      ->take_last();
  app.add_option_function<std::string>(
         "--since",
         [this](const std::string& text) {
           const auto date = date_from(text);
           if (!date) throw CLI::ValidationError("--since", date.error().detail);
           what_.since = date->unix_seconds;
         },
         "Only what was received then or later: 2024-03-01T12:30:00+01:00")
      ->type_name("DATE")
      ->group("Restore")
      ->take_last();
  app.add_flag("--expunged", what_.expunged,
               "Also what the server had expunged, unless the cache holds it in some folder")
      ->group("Restore");
  app.add_flag("--dry-run", what_.dry_run, "Change nothing, say what would be done")->group("Restore");
  app.add_flag("--rehearse", what_.rehearse,
               "Restore to a folder made for it, fetch everything again, compare, and remove the folder")
      ->group("Restore");
  patterns_option(app, "--folder", what_.folders.include,
                  "Only folders that match this pattern (* and ?); may be repeated", "Restore");
  patterns_option(app, "--exclude", what_.folders.exclude, "Not the folders that match this pattern; may be repeated",
                  "Restore");
}

// The cache is that of --account (or --cache); the account that of --to.
result<chosen_account> restore_command::target(surroundings& with, restore_options& what) const {
  const auto caches = choose_caches(with.options, how_many::one);
  if (!caches) return tl::unexpected(caches.error());
  what.from = caches->front().file;
  auto options = with.options;
  if (!to_.empty()) {
    options.account.name = to_;
    options.account.url.clear();
    options.account.cache.clear();
  }
  auto accounts = choose_accounts(options, how_many::one, with.environment_password);
  if (!accounts) return tl::unexpected(accounts.error());
  return std::move(accounts->front());
}

void restore_command::tell(const std::string& label, const restore_report& r, surroundings& with) const {
  for (const auto& one : r.refusals) {
    json event = {{"folder", one.folder}, {"error", json_of(one.why, advice(one.why.code))}};
    if (one.which.value != 0) event["uid"] = one.which.value;
    with.out.event("refused", event);
    with.out.failure(printable(one.folder, 200) +
                         (one.which.value != 0 ? " UID " + std::to_string(one.which.value) : "") + ": " +
                         sentence(with.hidden.clean(one.why)),
                     {});
  }
  std::string text = what_.dry_run
                         ? counted(r.pending, "message", "messages") + " and " +
                               counted(r.folders_created, "folder", "folders") + " to restore"
                         : counted(r.appended, "message", "messages") + " restored (" + octets_text(r.octets) + "), " +
                               counted(r.folders_created, "folder", "folders") + " made";
  text += fmt::format(", {} there already", r.there);
  if (r.recoded > 0) text += fmt::format(", {} in a 7-bit encoding", r.recoded);
  if (r.keywords_lost > 0) text += fmt::format(", {} without their keywords", r.keywords_lost);
  if (r.without_body > 0) text += fmt::format(", {} never fetched", r.without_body);
  if (r.refused > 0) text += fmt::format(", {} refused", r.refused);
  if (what_.rehearse)
    text += fmt::format("; {} compared: {} mismatches, {} written anew by the server", r.compared, r.mismatches,
                        r.rewritten);
  text = printable(label, 256) + ": " + text + "; " + duration_text(r.seconds);
  if (what_.dry_run)
    with.out.print(text);
  else
    with.out.report(text);
  if (!r.rehearsed_in.empty())
    with.out.insist("the folder of the rehearsal is still there; remove it: " + printable(r.rehearsed_in, 200));
}

outcome restore_command::concluded(const restore_report& r) const {
  auto out = r.failure ? outcome::of(*r.failure) : outcome();
  if (!r.failure && what_.dry_run && r.pending + r.folders_created > 0) out.code = exit_code::changes_pending;
  out.counts = {{"folders", r.folders},
                {"folders_created", r.folders_created},
                {"appended", r.appended},
                {"there", r.there},
                {"pending", r.pending},
                {"recoded", r.recoded},
                {"keywords_lost", r.keywords_lost},
                {"without_body", r.without_body},
                {"refused", r.refused},
                {"compared", r.compared},
                {"rewritten", r.rewritten},
                {"mismatches", r.mismatches}};
  out.octets = r.octets;
  return out;
}

outcome restore_command::run(surroundings& with) {
  if (what_.dry_run && what_.rehearse)
    return outcome::of(error(errc::invalid_argument, "--dry-run and --rehearse exclude each other"));
  if (what_.rehearse && !what_.into.empty())
    return outcome::of(error(errc::invalid_argument, "--rehearse makes its own folder: leave --into out"));
  auto what = what_;
  auto chosen = target(with, what);
  if (!chosen) return outcome::of(chosen.error());
  if (auto ok = complete_credentials(*chosen, with); !ok) return outcome::of(ok.error());
  const std::string label = chosen->config.name;
  progress_display progress(with.out, with.options.output.progress, label);
  run_observer watch(with.out, label, with.hidden, &progress);
  account a(std::move(chosen->config), &watch, with.trace);
  const interruption::hook stop(with.stop, [&a] { a.cancel(); });
  const auto report = a.restore(what);
  progress.finish(!report ? "failed" : report->failure ? "partly restored" : "restored");
  if (!report) return outcome::of(report.error());
  tell(label, *report, with);
  auto out = concluded(*report);
  if (!report->failure && report->folders == 0 && !what.folders.include.empty()) {
    out = outcome::of(error(errc::no_such_mailbox, "no folder of the cache matches --folder"));
    out.advice = "`outmap status` shows the names; patterns match whole names, with * and ?";
  }
  return out;
}

}  // namespace

std::unique_ptr<command> make_restore_command() { return std::make_unique<restore_command>(); }

}  // namespace outmap::cli
