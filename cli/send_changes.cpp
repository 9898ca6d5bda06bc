#include "cli/send_changes.hpp"

#include "cli/credentials.hpp"
#include "cli/quantity.hpp"
#include "cli/run_observer.hpp"
#include "outmap/account.hpp"

namespace outmap::cli {
namespace {

json counts_of(const outbox_report& report) {
  return {{"sent", report.sent},       {"already_there", report.already_there}, {"nothing_left", report.nothing_left},
          {"refused", report.refused}, {"conflicts", report.conflicts},         {"postponed", report.postponed},
          {"left", report.left}};
}

outcome not_sent(const error& problem) {
  auto out = outcome::of(problem);
  const std::string kept = "what is recorded is kept: `outmap outbox retry` or the next `outmap sync` sends it";
  const auto usual = advice(problem.code);
  out.advice = usual.empty() ? kept : std::string(usual) + "; " + kept;
  return out;
}

std::string refusals_text(const outbox_report& report) {
  std::string out;
  const auto add = [&](std::uint64_t n, const char* what) {
    if (n == 0) return;
    if (!out.empty()) out += ", ";
    out += counted(n, "change", "changes") + ' ' + what;
  };
  add(report.refused, "refused by the server");
  add(report.conflicts, "in conflict with what is on the server");
  add(report.left, "still to be sent");
  return out;
}

}  // namespace

std::optional<outcome> changes_left(const outbox_report& report) {
  const auto refusals = refusals_text(report);
  if (refusals.empty()) return std::nullopt;
  auto out = outcome::of(error(errc::incomplete, refusals));
  out.advice =
      "`outmap outbox list` shows them; `outmap outbox retry` sends them again, `outmap outbox drop` forgets them";
  return out;
}

outcome send_changes(chosen_account& account, surroundings& with) {
  if (const auto ok = complete_credentials(account, with); !ok) return not_sent(ok.error());
  run_observer watch(with.out, account.config.name, with.hidden);
  outmap::account a(std::move(account.config), &watch, with.trace);
  const interruption::hook stop(with.stop, [&a] { a.cancel(); });
  const auto report = a.send_outbox();
  if (!report) return not_sent(report.error());
  auto out = report->failure ? not_sent(*report->failure) : outcome();
  out.counts = counts_of(*report);
  const auto sent = report->sent + report->already_there + report->nothing_left;
  if (sent > 0) with.out.report("sent " + counted(sent, "change", "changes"));
  if (auto left = changes_left(*report); left && !report->failure) {
    left->counts = counts_of(*report);
    return *left;
  }
  return out;
}

}  // namespace outmap::cli
