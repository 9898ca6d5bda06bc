// What stands before the content of the report's page: its head and its style.
#pragma once

#include <string_view>

namespace outmap::cli {

// On a narrow screen each row of a table becomes a card, its cells labelled by data-label.
inline constexpr std::string_view report_style = R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Backups</title>
<style>
:root { color-scheme: light dark; --back: #fff; --ink: #1c1e21; --soft: #5c6470; --line: #d9dde3; --card: #f6f7f9;
  --good: #1f7a43; --half: #8a5a00; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --back: #16181b; --ink: #e6e8eb; --soft: #a2a9b4; --line: #363b43; --card: #1f2226;
    --good: #5cc486; --half: #e0ac4a; --bad: #ff8a80; }
}
* { box-sizing: border-box; }
body { font: 16px/1.45 system-ui, sans-serif; margin: 0; background: var(--back); color: var(--ink); }
main { max-width: 76rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.6rem; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 0 0 .15rem; overflow-wrap: anywhere; }
p { margin: 0 0 .25rem; }
section { margin-top: 2.5rem; }
a { color: inherit; text-underline-offset: .2em; }
.well { color: var(--good); font-size: 1.15rem; }
.ill { color: var(--bad); font-size: 1.15rem; }
.note, small { color: var(--soft); font-size: .875rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
table.accounts { margin-top: 1.25rem; }
th, td { border-top: 1px solid var(--line); padding: .45rem .6rem; text-align: left; vertical-align: top; }
thead th { border-top: 0; color: var(--soft); font-size: .8rem; font-weight: 600; vertical-align: bottom; }
th.n, td.n { text-align: right; white-space: nowrap; }
td.date { white-space: nowrap; }
th.name { font-weight: 600; overflow-wrap: anywhere; min-width: 9rem; }
tr.why td { border-top: 0; padding-top: 0; color: var(--soft); overflow-wrap: anywhere; }
tr.why.failed td { color: var(--bad); }
table.runs { font-size: .875rem; }
table.runs td:last-child { overflow-wrap: anywhere; min-width: 12rem; }
.pill { display: inline-block; border: 1px solid currentColor; border-radius: 1rem; padding: 0 .6rem; font-size: .8rem;
  white-space: nowrap; }
.pill.complete { color: var(--good); } .pill.failed { color: var(--bad); }
.pill.partial, .pill.interrupted, .pill.never { color: var(--half); }
svg { display: block; fill: var(--good); }
svg.small { width: 7.5rem; height: 1.5rem; }
svg.large { width: 100%; height: 4rem; margin-top: .5rem; border-bottom: 1px solid var(--line); }
rect.partial, rect.interrupted { fill: var(--half); } rect.failed { fill: var(--bad); }
summary { cursor: pointer; padding: .25rem 0; }
@media (max-width: 60rem) {
  table, tbody, tr, th, td { display: block; width: 100%; }
  thead { display: none; }
  tr { border: 1px solid var(--line); border-radius: .5rem; background: var(--card); margin-top: .75rem;
    padding: .4rem 0; }
  th, td, th.n, td.n { border: 0; padding: .15rem .75rem; text-align: right; min-width: 0; }
  th.name { text-align: left; font-size: 1.05rem; }
  td[data-label] { display: flex; justify-content: space-between; gap: 1rem; }
  td[data-label]::before { content: attr(data-label); color: var(--soft); flex: none; }
  td[data-label]:empty, td.empty { display: none; }
  tr.why { border: 0; background: none; margin-top: 0; } tr.why td { text-align: left; padding-top: .35rem; }
  table.runs td:last-child { min-width: 0; }
}
@media print { details > table { display: table; } }
</style>
</head>
<body>
<main>
)html";

}  // namespace outmap::cli
