// outmap verify: the store against its seals and digests, and against the server.
#include "outmap/verify.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>

#include "cli/account_source.hpp"
#include "cli/command.hpp"
#include "cli/credentials.hpp"
#include "cli/nearest.hpp"
#include "cli/progress_display.hpp"
#include "cli/quantity.hpp"
#include "cli/run_observer.hpp"

namespace outmap::cli {
namespace {

constexpr std::array<std::string_view, 3> levels = {"store", "server", "content"};

class verify_command final : public command {
 public:
  std::string_view name() const override { return "verify"; }
  std::string_view summary() const override {
    return "Prove that what was stored is there, and is what the server has";
  }
  std::string_view examples() const override {
    return "store:   every octet of database and segments against the seals of the backups, every message against its\n"
           "         digest, every reference, SQLite's own check. No network, no password.\n"
           "server:  UIDs and flags of each folder against the server.\n"
           "content: that, and messages fetched again and compared. Exchange writes MIME anew at each retrieval: a\n"
           "         message that stands for the same text is explained and counted, and is no mismatch.\n\n"
           "Examples:\n"
           "  outmap verify --account work                        # level store\n"
           "  outmap verify --account work --seal 5d0c…            # is it still what that backup sealed?\n"
           "  outmap verify --account work --level content --sample 5%";
  }
  bool uses_network() const override { return true; }
  bool runs_unattended() const override { return true; }
  void declare(CLI::App& app) override;
  outcome run(surroundings& with) override;

 private:
  outcome verify_cache(surroundings& with);
  outcome verify_account(surroundings& with);
  void tell(const verify_report& report, surroundings& with) const;
  outcome concluded(const verify_report& report) const;

  std::string_view level_ = levels[0];
  std::string seal_;
  verify_options what_;
};

double sample_from(std::string text) {
  const bool percent = text.ends_with('%');
  if (percent) text.pop_back();
  std::size_t used = 0;
  double value = 0;
  try {
    value = std::stod(text, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  if (percent) value /= 100;
  if (used == 0 || used != text.size() || !(value > 0) || value > 1)
    throw CLI::ValidationError("--sample", "must be a share such as 5%, over 0 and up to 100%");
  return value;
}

void verify_command::declare(CLI::App& app) {
  app.add_option_function<std::string>(
         "--level",
         [this](const std::string& text) {
           const auto* const at = std::find(levels.begin(), levels.end(), text);
           if (at == levels.end())
             throw CLI::ValidationError("--level", "'" + text + "' is no level" + did_you_mean(text, levels));
           level_ = *at;
         },
         "store (default), server or content")
      ->type_name("LEVEL")
      ->group("Verify")
      ->take_last();
  app.add_option_function<std::string>(
         "--sample", [this](const std::string& text) { what_.sample = sample_from(text); },
         "content: fetch only so large a share of the messages, chosen at random (default 100%)")
      ->type_name("P%")
      ->group("Verify")
      ->take_last();
  app.add_option("--seal", seal_,
                 "store: the last seal is this one, or begins with it; kept elsewhere since the backup")
      ->type_name("HEX")
      ->group("Verify")
      ->take_last();
  patterns_option(app, "--folder", what_.folders.include,
                  "Only folders that match this pattern (* and ?); may be repeated", "Verify");
  patterns_option(app, "--exclude", what_.folders.exclude, "Not the folders that match this pattern; may be repeated",
                  "Verify");
}

std::string_view name_of(finding_kind kind) {
  switch (kind) {
    case finding_kind::damaged: return "damaged";
    case finding_kind::uid_validity: return "uid_validity";
    case finding_kind::folder_missing: return "folder_missing";
    case finding_kind::missing_on_server: return "missing_on_server";
    case finding_kind::missing_in_cache: return "missing_in_cache";
    case finding_kind::flags_differ: return "flags_differ";
    case finding_kind::content_differs: return "content_differs";
    case finding_kind::rewritten: return "rewritten";
    case finding_kind::not_delivered: return "not_delivered";
  }
  return "unknown";
}

std::string text_of(const finding& f) {
  std::string where = f.folder.empty() ? "" : printable(f.folder, 200);
  if (f.which.value != 0) where += " UID " + std::to_string(f.which.value);
  return (where.empty() ? "" : where + ": ") + f.what + (is_explained(f.kind) ? " (explained)" : "");
}

void verify_command::tell(const verify_report& report, surroundings& with) const {
  for (const auto& f : report.findings) {
    json event = {{"kind", name_of(f.kind)}, {"explained", is_explained(f.kind)}, {"what", f.what}};
    if (!f.folder.empty()) event["folder"] = f.folder;
    if (f.which.value != 0) event["uid"] = f.which.value;
    with.out.event("finding", event);
    if (!is_explained(f.kind))
      with.out.print(text_of(f));
    else
      with.out.detail(1, text_of(f));
  }
  const auto untold = report.mismatches + report.rewritten -
                      std::min<std::uint64_t>(report.findings.size(), report.mismatches + report.rewritten);
  if (untold > 0) with.out.print(fmt::format("and {} more", untold));
}

outcome verify_command::concluded(const verify_report& report) const {
  auto out = report.failure ? outcome::of(*report.failure) : outcome();
  out.counts = {{"folders", report.folders},      {"messages", report.messages},
                {"bodies", report.bodies},        {"same", report.same},
                {"rewritten", report.rewritten},  {"newer", report.newer},
                {"mismatches", report.mismatches}};
  out.octets = report.octets;
  if (level_ == levels[0]) {
    out.counts["seals"] = report.seals;
    out.counts["changed_since_sealed"] = report.changed_since_sealed ? 1 : 0;
  }
  return out;
}

outcome verify_command::verify_cache(surroundings& with) {
  const auto caches = choose_caches(with.options, how_many::one);
  if (!caches) return outcome::of(caches.error());
  const auto& cache = caches->front();
  const auto label = printable(cache.account.empty() ? cache.file.string() : cache.account, 256);
  progress_display progress(with.out, with.options.output.progress, label);
  outmap::progress moment;
  auto report = verify_store(cache.file, with.stop.flag(), [&](std::uint64_t octets) {
    moment.octets += octets;
    progress.update(moment);
  });
  if (report) {
    // Octets are read more than once: for the seals and for the digests.
    moment.messages_done = report->messages;
    moment.octets = report->octets;
    progress.update(moment);
  }
  progress.finish(report ? "checked" : "failed");
  if (!report) return outcome::of(report.error());
  if (!seal_.empty() && !report->seal.starts_with(seal_)) {
    ++report->mismatches;
    report->findings.push_back({finding_kind::damaged, "", uid{0},
                                report->seal.empty() ? "the store was never sealed"
                                                     : "the last seal is " + report->seal + ", another than --seal"});
    if (!report->failure) report->failure = error(errc::verification_failed, "another seal");
  }
  tell(*report, with);
  std::string seal = report->seal.empty() ? "never sealed by a backup"
                                          : "sealed " + local_time_text(report->sealed_at) + " as " + report->seal;
  if (report->changed_since_sealed) seal += "; changed since then by outmap, so the database is checked by its content";
  with.out.report(label + ": " + counted(report->messages, "message", "messages") + ", " +
                  counted(report->bodies, "text", "texts") + ", " + octets_text(report->octets) + " checked in " +
                  duration_text(report->seconds) + "; " + seal);
  auto out = concluded(*report);
  with.out.event("store",
                 {{"account", cache.account},
                  {"seal", report->seal},
                  {"sealed_at", report->sealed_at == 0 ? json(nullptr) : json(iso_utc_text(report->sealed_at))},
                  {"changed_since_sealed", report->changed_since_sealed}});
  return out;
}

outcome verify_command::verify_account(surroundings& with) {
  if (!seal_.empty()) return outcome::of(error(errc::invalid_argument, "--seal is for --level store"));
  auto accounts = choose_accounts(with.options, how_many::one, with.environment_password);
  if (!accounts) return outcome::of(accounts.error());
  auto& chosen = accounts->front();
  if (auto ok = complete_credentials(chosen, with); !ok) return outcome::of(ok.error());
  const std::string label = chosen.config.name;
  auto what = what_;
  what.content = level_ == levels[2];
  if (what.folders.include.empty()) what.folders.include = chosen.folders.include;
  if (what.folders.exclude.empty()) what.folders.exclude = chosen.folders.exclude;
  progress_display progress(with.out, with.options.output.progress, label);
  run_observer watch(with.out, label, with.hidden, &progress);
  account a(std::move(chosen.config), &watch, with.trace);
  const interruption::hook stop(with.stop, [&a] { a.cancel(); });
  const auto report = a.verify(what);
  progress.finish(report ? "checked" : "failed");
  if (!report) return outcome::of(report.error());
  tell(*report, with);
  auto text =
      fmt::format("{}: {} of {} compared with the server", printable(label, 256),
                  counted(report->messages, "message", "messages"), counted(report->folders, "folder", "folders"));
  if (what.content)
    text += fmt::format("; {} fetched again ({}): {} the same, {} written anew by the server", report->bodies,
                        octets_text(report->octets), report->same, report->rewritten);
  if (report->newer > 0) text += fmt::format("; {} newer on the server", report->newer);
  with.out.report(text + "; " + counted(report->mismatches, "mismatch", "mismatches"));
  return concluded(*report);
}

outcome verify_command::run(surroundings& with) {
  return level_ == levels[0] ? verify_cache(with) : verify_account(with);
}

}  // namespace

std::unique_ptr<command> make_verify_command() { return std::make_unique<verify_command>(); }

}  // namespace outmap::cli
