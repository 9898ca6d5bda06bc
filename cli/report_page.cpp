#include "cli/report_page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/quantity.hpp"

namespace outmap::cli {
namespace {

constexpr std::string_view head = R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Backups</title>
<style>
:root { color-scheme: light dark; --line: #8884; --good: #2a7d46; --bad: #b3261e; --half: #9a6700; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .25rem; }
p { margin: .25rem 0 1rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .6rem; text-align: left; vertical-align: top; }
th.n, td.n { text-align: right; } thead th { font-weight: 600; }
.complete { color: var(--good); } .partial, .interrupted { color: var(--half); } .failed { color: var(--bad); }
.wide { overflow-x: auto; } .note { opacity: .75; }
svg { display: block; width: 100%; height: 80px; } polyline { fill: none; stroke: currentColor; stroke-width: 2; }
summary { cursor: pointer; padding: .25rem 0; }
</style>
</head>
<body>
)html";

std::string outcome_cell(const backup_run& r) {
  return fmt::format("<td class=\"{0}\">{0}</td>", html_text(r.outcome));
}

std::string growth_text(const std::vector<backup_run>& runs) {
  if (runs.size() < 2) return "";
  const auto now = runs.back().held_octets;
  const auto before = runs.front().held_octets;
  return (now >= before ? "+" + octets_text(now - before) : "-" + octets_text(before - now));
}

/// What the cache held, run by run.
std::string curve(const std::vector<backup_run>& runs) {
  if (runs.size() < 2) return "";
  std::uint64_t most = 1;
  for (const auto& r : runs) most = std::max(most, r.held_octets);
  std::string points;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto x = 1000.0 * static_cast<double>(i) / static_cast<double>(runs.size() - 1);
    const auto y = 76.0 - 72.0 * static_cast<double>(runs[i].held_octets) / static_cast<double>(most);
    points += fmt::format("{:.1f},{:.1f} ", x, y);
  }
  return fmt::format(
      "<svg viewBox=\"0 0 1000 80\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"Size over the last {} runs, "
      "up "
      "to {}\"><polyline vector-effect=\"non-scaling-stroke\" points=\"{}\"/></svg>\n",
      runs.size(), octets_text(most), points);
}

std::string overview(const std::vector<reported_account>& accounts) {
  std::string out =
      "<div class=\"wide\"><table>\n<thead><tr><th>Account</th><th>Last run</th><th>Outcome</th><th "
      "class=\"n\">Messages</th><th class=\"n\">Size</th><th class=\"n\">Growth</th><th class=\"n\">Kept after "
      "expunge</th><th>Failures</th></tr></thead>\n<tbody>\n";
  for (const auto& a : accounts) {
    if (a.runs.empty()) {
      out += fmt::format("<tr><td>{}</td><td colspan=\"7\" class=\"{}\">{}</td></tr>\n", html_text(a.name),
                         a.problem.empty() ? "note" : "failed",
                         a.problem.empty() ? "no backup yet" : html_text(a.problem));
      continue;
    }
    const auto& last = a.runs.back();
    const auto failed =
        std::count_if(a.runs.begin(), a.runs.end(), [](const backup_run& r) { return r.outcome != "complete"; });
    out += fmt::format(
        "<tr><td>{}</td><td>{}</td>{}<td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td "
        "class=\"n\">{}</td><td>{} of {} runs</td></tr>\n",
        html_text(a.name), local_time_text(last.ended_at), outcome_cell(last), last.held_messages,
        octets_text(last.held_octets), growth_text(a.runs), last.held_expunged, failed, a.runs.size());
  }
  return out + "</tbody></table></div>\n";
}

std::string runs_of(const reported_account& a) {
  std::string out = "<h2>" + html_text(a.name) + "</h2>\n<p class=\"note\">" + html_text(a.cache) + "</p>\n";
  out += curve(a.runs);
  out +=
      "<details><summary>" + counted(a.runs.size(), "run", "runs") +
      "</summary>\n<div class=\"wide\"><table>\n<thead><tr><th>Began</th><th class=\"n\">Took</th><th>Outcome</th><th "
      "class=\"n\">Folders</th><th class=\"n\">New</th><th class=\"n\">Changed</th><th class=\"n\">Gone</th><th "
      "class=\"n\">Fetched</th><th class=\"n\">Not delivered</th><th>Problem</th></tr></thead>\n<tbody>\n";
  for (auto r = a.runs.rbegin(); r != a.runs.rend(); ++r) {
    out += fmt::format(
        "<tr><td>{}</td><td class=\"n\">{}</td>{}<td class=\"n\">{}</td><td class=\"n\">{}</td><td "
        "class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td></tr>\n",
        local_time_text(r->started_at), duration_text(static_cast<double>(r->ended_at - r->started_at)),
        outcome_cell(*r), r->folders, r->added, r->flags_changed, r->vanished, octets_text(r->body_octets),
        r->quarantined, html_text(r->problem));
  }
  return out + "</tbody></table></div></details>\n";
}

}  // namespace

std::string html_text(std::string_view text) {
  std::string out;
  for (const char c : printable(text, 4096)) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string report_page(const std::vector<reported_account>& accounts) {
  std::uint64_t octets = 0;
  std::uint64_t messages = 0;
  std::size_t well = 0;
  std::int64_t last = 0;
  for (const auto& a : accounts) {
    if (a.runs.empty()) continue;
    octets += a.runs.back().held_octets;
    messages += a.runs.back().held_messages;
    well += a.runs.back().outcome == "complete" ? 1 : 0;
    last = std::max(last, a.runs.back().ended_at);
  }
  std::string out(head);
  out += "<h1>Backups</h1>\n<p>" +
         fmt::format("{} of {} complete; {}, {}", well, counted(accounts.size(), "account", "accounts"),
                     counted(messages, "message", "messages"), octets_text(octets)) +
         (last != 0 ? "; last run " + local_time_text(last) : "") + "</p>\n" + overview(accounts);
  for (const auto& a : accounts) {
    if (!a.runs.empty()) out += runs_of(a);
  }
  return out + "</body>\n</html>\n";
}

}  // namespace outmap::cli
