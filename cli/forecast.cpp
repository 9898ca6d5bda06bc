#include "cli/forecast.hpp"

#include <fmt/format.h>

#include "cli/json_events.hpp"
#include "cli/quantity.hpp"
#include "cli/run_observer.hpp"
#include "cli/sync_totals.hpp"

namespace outmap::cli {
namespace {

constexpr std::size_t name_octets = 512;

json list_of(const std::vector<folder_info>& folders) {
  json out = json::array();
  for (const auto& f : folders) out.push_back(json_of(f));
  return out;
}

std::string state_text(const folder_info& f) {
  return std::string(f.selectable ? "" : "for folders alone, ") + (f.subscribed ? "subscribed" : "not subscribed");
}

void print_lines(const sync_report& report, const std::string& before, output& out) {
  const auto would = [&](const std::string& what) { out.print(before + "would " + what); };
  const auto& all = *report.forecast;
  if (all.waiting > 0)
    would("send " + counted(all.waiting, "change that waits", "changes that wait") + " in the outbox");
  for (const auto& f : all.folders_new) would("add folder " + printable(f.name, name_octets));
  for (const auto& f : all.folders_changed)
    would("note that folder " + printable(f.name, name_octets) + " is " + state_text(f));
  for (const auto& f : all.folders_gone)
    would("note that folder " + printable(f.name, name_octets) + " is gone, and keep its mail");
  for (const auto& f : report.folders) {
    if (!f.forecast || !f.forecast->pending) continue;
    auto shown = f;
    shown.failure.reset();
    auto text = "sync " + folder_text(shown);
    if (f.bodies > 0) text += ", " + counted(f.bodies, "message", "messages") + " to fetch";
    if (f.forecast->given_up > 0)
      text += ", " + counted(f.forecast->given_up, "expunged message", "expunged messages") + " to remove for good";
    would(text);
  }
}

}  // namespace

bool told_by_a_folder(const sync_report& report) {
  if (!report.failure || report.failure->code == errc::cancelled || report.folders.empty()) return false;
  const auto& last = report.folders.back().failure;
  return last && last->message() == report.failure->message();
}

outcome tell_forecast(const std::string& account, const sync_report& report, bool several, output& out) {
  const auto& all = *report.forecast;
  const sync_totals t(report);
  const auto label = printable(account, 256);
  out.event("forecast", {{"account", account},
                         {"folders_new", list_of(all.folders_new)},
                         {"folders_changed", list_of(all.folders_changed)},
                         {"folders_gone", list_of(all.folders_gone)},
                         {"changes_waiting", all.waiting},
                         {"pending", all.pending}});
  print_lines(report, several ? label + ": " : std::string(), out);
  out.report(
      label + ": " + counted(t.folders, "folder", "folders") +
      fmt::format(", {} new, {} changed, {} gone, {} to fetch; ", t.added, t.flags_changed, t.vanished, t.bodies) +
      duration_text(report.seconds));
  auto end = report.failure ? outcome::of(*report.failure) : outcome();
  if (!report.failure && all.pending) end.code = exit_code::changes_pending;
  end.told = told_by_a_folder(report);
  end.counts = {{"folders", t.folders},
                {"failed_folders", t.failed_folders},
                {"added", t.added},
                {"flags_changed", t.flags_changed},
                {"vanished", t.vanished},
                {"bodies", t.bodies},
                {"quarantined", t.quarantined},
                {"given_up", t.given_up},
                {"folders_new", all.folders_new.size()},
                {"folders_changed", all.folders_changed.size()},
                {"folders_gone", all.folders_gone.size()},
                {"changes_waiting", all.waiting}};
  return end;
}

}  // namespace outmap::cli
