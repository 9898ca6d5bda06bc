#include "cli/report_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "cli/quantity.hpp"
#include "cli/report_style.hpp"

namespace outmap::cli {
namespace {

// The worst first: it is what a reader looks for.
constexpr std::array<std::string_view, 4> outcomes = {"failed", "interrupted", "partial", "complete"};

// A page of a thousand accounts is still to open in a browser.
constexpr std::size_t most_rows = 5000;
constexpr std::size_t fewest_rows_each = 5;
constexpr std::size_t most_small_bars = 30;

std::span<const backup_run> newest(const std::vector<backup_run>& runs, std::size_t most) {
  return std::span(runs).last(std::min(most, runs.size()));
}

struct summary {
  const reported_account* account = nullptr;
  std::string id;          ///< of its section
  std::string_view state;  ///< of `outcomes`, or "never"
  std::size_t rank = 0;
};

// The record is a file that anybody may have written to.
std::string_view known_outcome(std::string_view outcome) {
  const auto* const at = std::find(outcomes.begin(), outcomes.end(), outcome);
  return at == outcomes.end() ? outcomes.front() : *at;
}

summary summarized(const reported_account& a, std::size_t number) {
  summary out;
  out.account = &a;
  out.id = fmt::format("a{}", number);
  const bool never = a.runs.empty() && a.problem.empty();
  out.state = never ? "never" : !a.problem.empty() ? outcomes.front() : known_outcome(a.runs.back().outcome);
  const auto at = std::find(outcomes.begin(), outcomes.end(), out.state) - outcomes.begin();
  out.rank = never ? 1 : 2 * static_cast<std::size_t>(at);
  return out;
}

std::string pill(std::string_view state) {
  return fmt::format("<span class=\"pill {0}\">{1}</span>", state, state == "never" ? "no backup yet" : state);
}

std::string cell(std::string_view label, std::string_view content, std::string_view kind = {}) {
  return fmt::format("<td data-label=\"{}\"{}>{}</td>", label,
                     kind.empty() ? std::string() : fmt::format(" class=\"{}\"", kind), content);
}

std::string number_cell(std::string_view label, std::string_view content) { return cell(label, content, "n"); }

std::string table_head(const std::vector<std::string_view>& labels, const std::vector<std::string_view>& numbers) {
  std::string out = "<thead><tr>";
  for (const auto label : labels) {
    const bool number = std::find(numbers.begin(), numbers.end(), label) != numbers.end();
    out += fmt::format("<th scope=\"col\"{}>{}</th>", number ? " class=\"n\"" : "", label);
  }
  return out + "</tr></thead>\n";
}

std::string growth_text(const std::vector<backup_run>& runs) {
  if (runs.size() < 2) return "";
  const auto now = runs.back().held_octets;
  const auto before = runs.front().held_octets;
  if (now == before) return "none";
  return (now > before ? "+" + octets_text(now - before) : "\u2212" + octets_text(before - now));
}

/// A bar a run: as high as what the cache held, in the colour of its outcome.
std::string bars(std::span<const backup_run> runs, std::string_view kind, bool told) {
  constexpr double height = 40;
  constexpr std::size_t fewest_bars = 12;
  std::uint64_t most = 1;
  for (const auto& r : runs) most = std::max(most, r.held_octets);
  std::string out = fmt::format(
      "<svg class=\"{}\" viewBox=\"0 0 {} {}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"Size over the "
      "last {}, at most {}\">",
      kind, std::max(runs.size(), fewest_bars) * 10, height, counted(runs.size(), "run", "runs"), octets_text(most));
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto& r = runs[i];
    const auto high = std::max(3.0, height * static_cast<double>(r.held_octets) / static_cast<double>(most));
    out += fmt::format("<rect class=\"{}\" x=\"{}\" y=\"{:.1f}\" width=\"8\" height=\"{:.1f}\"",
                       known_outcome(r.outcome), i * 10 + 1, height - high, high);
    out += told ? fmt::format("><title>{}: {}, {}</title></rect>", local_time_text(r.ended_at), html_text(r.outcome),
                              octets_text(r.held_octets))
                : "/>";
  }
  return out + "</svg>";
}

std::string last_complete(const std::vector<backup_run>& runs) {
  const auto at = std::find_if(runs.rbegin(), runs.rend(), [](const backup_run& r) { return r.outcome == "complete"; });
  return at == runs.rend() ? fmt::format("none of {}", counted(runs.size(), "run", "runs"))
                           : local_time_text(at->ended_at);
}

std::string account_row(const summary& of) {
  const auto& a = *of.account;
  std::string out = fmt::format("<tr class=\"{}\"><th scope=\"row\" class=\"name\">", of.state);
  out += a.runs.empty() ? html_text(a.name) : fmt::format("<a href=\"#{}\">{}</a>", of.id, html_text(a.name));
  out += "</th>" + cell("Last run", pill(of.state));
  if (a.runs.empty()) {
    out += "<td colspan=\"6\" class=\"empty\"></td>";
  } else {
    const auto& last = a.runs.back();
    const auto failed =
        std::count_if(a.runs.begin(), a.runs.end(), [](const backup_run& r) { return r.outcome != "complete"; });
    out += cell("Ended", local_time_text(last.ended_at), "date") +
           cell("Last complete", last_complete(a.runs), "date") +
           number_cell("Messages", std::to_string(last.held_messages)) +
           number_cell("Size", octets_text(last.held_octets)) + number_cell("Growth", growth_text(a.runs)) +
           cell("Runs", bars(newest(a.runs, most_small_bars), "small", false) +
                            (failed == 0 ? std::string() : fmt::format("<small>{} not complete</small>", failed)));
  }
  out += "</tr>\n";
  const auto& problem = a.problem.empty() && !a.runs.empty() ? a.runs.back().problem : a.problem;
  if (!problem.empty())
    out += fmt::format("<tr class=\"why {}\"><td colspan=\"8\">{}</td></tr>\n", of.state, html_text(problem));
  return out;
}

std::string overview(const std::vector<summary>& accounts) {
  std::string out = "<table class=\"accounts\">\n" +
                    table_head({"Account", "Last run", "Ended", "Last complete", "Messages", "Size", "Growth", "Runs"},
                               {"Messages", "Size", "Growth"}) +
                    "<tbody>\n";
  for (const auto& one : accounts) out += account_row(one);
  return out + "</tbody></table>\n";
}

std::string run_row(const backup_run& r) {
  const auto took = std::max(0.0, static_cast<double>(r.ended_at) - static_cast<double>(r.started_at));
  std::string out = "<tr>" + cell("Began", local_time_text(r.started_at), "date") +
                    number_cell("Took", duration_text(took)) + cell("Outcome", pill(known_outcome(r.outcome)));
  const auto number = [&out](std::string_view label, std::uint64_t n) { out += number_cell(label, std::to_string(n)); };
  number("Folders", r.folders);
  number("New", r.added);
  number("Changed", r.flags_changed);
  number("Gone", r.vanished);
  out += number_cell("Fetched", octets_text(r.body_octets));
  number("Not delivered", r.quarantined);
  number("Kept", r.held_expunged);
  return out + cell("Problem", html_text(r.problem)) + "</tr>\n";
}

std::string runs_of(const summary& of, std::size_t rows) {
  const auto& a = *of.account;
  const auto shown = newest(a.runs, rows);
  const auto& server = a.runs.back().server;
  std::string out =
      fmt::format("<section id=\"{}\"><h2>{}</h2>\n<p class=\"note\">{}{}</p>\n", of.id, html_text(a.name),
                  server.empty() ? "" : html_text(server) + " \u2192 ", html_text(a.cache));
  const auto end_of = [](const backup_run& r) {
    return local_time_text(r.ended_at) + ", " + octets_text(r.held_octets);
  };
  out += fmt::format("<div style=\"max-width: {}rem\">{}</div>\n<p class=\"note\">{}{}</p>\n",
                     std::max<std::size_t>(26, shown.size()), bars(shown, "large", true),
                     shown.size() > 1 ? end_of(shown.front()) + " \u2013 " : "", end_of(shown.back()));
  out += fmt::format("<details><summary>{}{}</summary>\n<table class=\"runs\">\n",
                     shown.size() < a.runs.size() ? fmt::format("the last {} of ", shown.size()) : "",
                     counted(a.runs.size(), "run", "runs")) +
         table_head({"Began", "Took", "Outcome", "Folders", "New", "Changed", "Gone", "Fetched", "Not delivered",
                     "Kept", "Problem"},
                    {"Took", "Folders", "New", "Changed", "Gone", "Fetched", "Not delivered", "Kept"}) +
         "<tbody>\n";
  std::for_each(shown.rbegin(), shown.rend(), [&out](const backup_run& r) { out += run_row(r); });
  return out + "</tbody></table></details></section>\n";
}

std::string headline(const std::vector<summary>& accounts, std::int64_t now) {
  std::uint64_t octets = 0;
  std::uint64_t messages = 0;
  std::size_t well = 0;
  for (const auto& one : accounts) {
    well += one.state == "complete" ? 1 : 0;
    if (one.account->runs.empty()) continue;
    octets += one.account->runs.back().held_octets;
    messages += one.account->runs.back().held_messages;
  }
  return fmt::format(
      "<h1>Backups</h1>\n<p class=\"{}\"><strong>{} of {} complete</strong></p>\n<p class=\"note\">{}, {}; as of "
      "{}</p>\n",
      well == accounts.size() ? "well" : "ill", well, counted(accounts.size(), "account", "accounts"),
      counted(messages, "message", "messages"), octets_text(octets), local_time_text(now));
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

std::string report_page(const std::vector<reported_account>& accounts, std::int64_t now) {
  std::vector<summary> sorted;
  for (const auto& a : accounts) sorted.push_back(summarized(a, sorted.size() + 1));
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.rank < b.rank; });
  const auto rows = std::max(fewest_rows_each, most_rows / std::max<std::size_t>(1, accounts.size()));
  std::string out(report_style);
  out += headline(sorted, now) + overview(sorted);
  for (const auto& one : sorted) {
    if (!one.account->runs.empty()) out += runs_of(one, rows);
  }
  return out + "</main>\n</body>\n</html>\n";
}

}  // namespace outmap::cli
