// outmap import: files of other programs into a cache, to be restored from there.
#include "outmap/import.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

#include "cli/account_source.hpp"
#include "cli/command.hpp"
#include "cli/nearest.hpp"
#include "cli/progress_display.hpp"
#include "cli/quantity.hpp"

namespace outmap::cli {
namespace {

constexpr std::array<std::string_view, 3> formats = {"eml", "maildir", "mbox"};

class import_command final : public command {
 public:
  std::string_view name() const override { return "import"; }
  std::string_view summary() const override { return "Read message files into a cache of their own"; }
  std::string_view examples() const override {
    return "Works without network and password. The cache is made if it is not there, and belongs to no account;\n"
           "`outmap restore --cache FILE --to ACCOUNT` uploads what is in it. A second run imports only what is new.\n"
           "Files that are no messages are named and passed over (exit code 3), and no mailbox is made of them.\n\n"
           "Examples:\n"
           "  outmap import --format mbox --from ~/old/Archive.mbox --cache old.outmap\n"
           "  outmap import --format maildir --from ~/Maildir --cache old.outmap --into Old --dry-run";
  }
  bool uses_network() const override { return false; }
  bool runs_unattended() const override { return true; }
  void declare(CLI::App& app) override;
  outcome run(surroundings& with) override;

 private:
  import_options what_;
  std::string from_;
};

void import_command::declare(CLI::App& app) {
  app.add_option_function<std::string>(
         "--format",
         [this](const std::string& format) {
           const auto* const at = std::find(formats.begin(), formats.end(), format);
           if (at == formats.end())
             throw CLI::ValidationError(
                 "--format", "'" + format + "' is none of eml, maildir and mbox" + did_you_mean(format, formats));
           what_.format = static_cast<export_format>(at - formats.begin());
         },
         "eml: *.eml below a folder; maildir: a Maildir, Maildir++ or folders of them; mbox: a file, or *.mbox below a "
         "folder")
      ->type_name("FORMAT")
      ->required()
      ->group("Import");
  app.add_option("--from", from_, "What to read")->type_name("PATH")->required()->group("Import");
  app.add_option("--into", what_.into, "A mailbox above all that is imported")
      ->type_name("FOLDER")
      ->group("Import")
      ->take_last();
  app.add_flag("--dry-run", what_.dry_run, "Change nothing, say what would be imported")->group("Import");
}

outcome import_command::run(surroundings& with) {
  if (with.options.account.cache.empty())
    return outcome::of(error(errc::invalid_argument, "name the cache to import into with --cache"));
  what_.from = from_;
  const auto& cache = with.options.account.cache;
  progress_display progress(with.out, with.options.output.progress, cache);
  const auto report = import_mail(cache, what_, with.stop.flag(), [&](const import_report& now) {
    outmap::progress moment;
    moment.messages_done = now.imported + now.there;
    moment.octets = now.octets;
    progress.update(moment);
  });
  progress.finish(!report ? "failed" : report->failed > 0 ? "partly imported" : "imported");
  if (!report) return outcome::of(report.error());
  outcome out;
  if (report->failed > 0)
    out = outcome::of(error(
        errc::incomplete, counted(report->failed, "file or message", "files or messages") + " could not be imported"));
  else if (what_.dry_run && report->imported > 0)
    out.code = exit_code::changes_pending;
  for (const auto& f : report->failures) {
    with.out.event("failure", json_of(f, advice(f.code)));
    with.out.failure(sentence(f), advice(f.code));
  }
  const auto text = printable(cache, 4096) + ": " + counted(report->imported, "message", "messages") +
                    (what_.dry_run ? " to import" : " imported") + ", " + std::to_string(report->there) +
                    " there already, in " + counted(report->folders, "mailbox", "mailboxes") + "; " +
                    octets_text(report->octets) + " in " + duration_text(report->seconds);
  if (what_.dry_run)
    with.out.print(text);
  else
    with.out.report(text);
  out.counts = {{"folders", report->folders},
                {"imported", report->imported},
                {"there", report->there},
                {"failures", report->failed}};
  out.octets = report->octets;
  return out;
}

}  // namespace

std::unique_ptr<command> make_import_command() { return std::make_unique<import_command>(); }

}  // namespace outmap::cli
