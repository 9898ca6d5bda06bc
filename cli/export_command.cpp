// outmap export: mail out of the cache into files.
#include <CLI/CLI.hpp>
#include <array>

#include "cli/account_source.hpp"
#include "cli/command.hpp"
#include "cli/nearest.hpp"
#include "cli/progress_display.hpp"
#include "cli/quantity.hpp"
#include "outmap/export.hpp"

namespace outmap::cli {
namespace {

constexpr std::array<std::string_view, 3> formats = {"eml", "maildir", "mbox"};

class export_command final : public command {
 public:
  std::string_view name() const override { return "export"; }
  std::string_view summary() const override { return "Write the messages of the local cache into files"; }
  std::string_view examples() const override {
    return "Works without network and password. A second run writes only what is new; nothing is overwritten or "
           "deleted.\n\n"
           "Examples:\n"
           "  outmap export --format maildir --to ~/backup/mail\n"
           "  outmap export --format eml --to /srv/archive --folder 'Projects/*'";
  }
  bool uses_network() const override { return false; }
  bool runs_unattended() const override { return true; }
  void declare(CLI::App& app) override;
  outcome run(surroundings& with) override;

 private:
  export_options what_;
  std::string to_;
};

void export_command::declare(CLI::App& app) {
  app.add_option_function<std::string>(
         "--format",
         [this](const std::string& format) {
           if (format == formats[0])
             what_.format = export_format::eml;
           else if (format == formats[1])
             what_.format = export_format::maildir;
           else if (format == formats[2])
             what_.format = export_format::mbox;
           else
             throw CLI::ValidationError(
                 "--format", "'" + format + "' is none of eml, maildir and mbox" + did_you_mean(format, formats));
         },
         "eml: a file a message; maildir: with flags; mbox: a file a mailbox (mboxrd)")
      ->type_name("FORMAT")
      ->required()
      ->group("Export");
  app.add_option("--to", to_, "The folder to write to; made if it is not there")
      ->type_name("DIR")
      ->required()
      ->group("Export");
  app.add_flag_callback(
         "--maildirpp", [this] { what_.layout = folder_layout::maildirpp; },
         "maildir: INBOX at DIR itself and the others beside each other in .Level.Level (Maildir++)")
      ->group("Export");
  app.add_flag_callback(
         "--dry-run", [this] { what_.dry_run = true; }, "Write nothing, say what would be written")
      ->group("Export");
  patterns_option(app, "--folder", what_.folders.include,
                  "Only folders that match this pattern (* and ?); may be repeated", "Export");
  patterns_option(app, "--exclude", what_.folders.exclude, "Not the folders that match this pattern; may be repeated",
                  "Export");
}

json counts_of(const export_report& r) {
  return {{"folders", r.folders},           {"written", r.written},
          {"unchanged", r.unchanged},       {"flags_renamed", r.flags_renamed},
          {"without_body", r.without_body}, {"failures", r.failures.size()}};
}

std::string summary_text(const export_report& r, bool dry_run) {
  std::string out = counted(r.written, "message", "messages") + (dry_run ? " to write, " : " written, ") +
                    std::to_string(r.unchanged) + " there already";
  if (r.flags_renamed > 0)
    out += ", flags of " + std::to_string(r.flags_renamed) + (dry_run ? " to bring" : " brought") + " up to date";
  if (r.without_body > 0) out += ", " + std::to_string(r.without_body) + " not fetched yet";
  if (!r.failures.empty()) out += ", " + counted(r.failures.size(), "failure", "failures");
  return out + (dry_run ? "; " : "; " + octets_text(r.octets) + " in ") + duration_text(r.seconds);
}

outcome export_command::run(surroundings& with) {
  if (to_.empty()) return outcome::of(error(errc::invalid_argument, "--to: the value is empty"));
  if (what_.layout == folder_layout::maildirpp && what_.format != export_format::maildir)
    return outcome::of(error(errc::invalid_argument, "--maildirpp is for --format maildir"));
  const auto caches = choose_caches(with.options, how_many::one);
  if (!caches) return outcome::of(caches.error());
  const auto& cache = caches->front();
  what_.to = to_;
  progress_display progress(with.out, with.options.output.progress,
                            cache.account.empty() ? cache.file.string() : cache.account);
  const auto report = export_mail(cache.file, what_, with.stop.flag(), [&](const export_report& now) {
    outmap::progress moment;
    moment.messages_done = now.written + now.unchanged + now.without_body;
    moment.octets = now.octets;
    progress.update(moment);
  });
  if (!report) {
    auto out = outcome::of(report.error());
    progress.finish(out.code == exit_code::interrupted ? "interrupted" : "failed");
    return out;
  }
  outcome out;
  if (!report->failures.empty()) {
    out = outcome::of(
        error(errc::incomplete,
              counted(report->failures.size(), "message or folder", "messages or folders") + " could not be written"));
  }
  if (report->failures.empty() && report->folders == 0 && !what_.folders.include.empty()) {
    out = outcome::of(error(errc::no_such_mailbox, "no folder of the cache matches --folder"));
    out.advice = "`outmap status` shows the names; patterns match whole names, with * and ?";
  }
  if (what_.dry_run && out.code == exit_code::complete && report->written + report->flags_renamed > 0)
    out.code = exit_code::changes_pending;
  progress.finish(what_.dry_run ? "looked at" : report->failures.empty() ? "exported" : "partly exported");
  for (const auto& f : report->failures) {
    with.out.event("failure", json_of(f, advice(f.code)));
    with.out.failure(sentence(f), advice(f.code));
  }
  if (what_.dry_run)
    with.out.print(printable(to_, 4096) + ": " + summary_text(*report, true));
  else
    with.out.report("exported to " + printable(to_, 4096) + ": " + summary_text(*report, false));
  out.counts = counts_of(*report);
  out.octets = report->octets;
  return out;
}

}  // namespace

std::unique_ptr<command> make_export_command() { return std::make_unique<export_command>(); }

}  // namespace outmap::cli
