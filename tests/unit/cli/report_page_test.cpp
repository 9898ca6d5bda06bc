#include "cli/report_page.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

using namespace outmap;
using namespace outmap::cli;

namespace {

constexpr std::int64_t now = 1'709'292'600;

bool says(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

std::size_t count_of(const std::string& text, std::string_view what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + what.size())) ++n;
  return n;
}

backup_run run(std::string outcome, std::uint64_t octets, std::int64_t at = now) {
  backup_run out;
  out.started_at = at - 60;
  out.ended_at = at;
  out.outcome = std::move(outcome);
  out.held_messages = octets / 1000;
  out.held_octets = octets;
  return out;
}

reported_account called(std::string name, std::vector<backup_run> runs, std::string problem = {}) {
  return {std::move(name), "/srv/mail.outmap", std::move(problem), std::move(runs)};
}

}  // namespace

TEST_CASE("the page begins with the accounts that need somebody") {
  auto failed = run("failed", 0);
  failed.problem = "the server did not accept the login";
  const auto page = report_page(
      {called("well", {run("complete", 1'000'000), run("complete", 3'000'000)}), called("half", {run("partial", 5000)}),
       called("new", {}), called("bad", {failed}), called("lost", {run("complete", 5000)}, "the cache is damaged")},
      now);
  CHECK(says(page, "<strong>1 of 5 accounts complete</strong>"));
  const auto bad = page.find(">bad</a>");
  const auto lost = page.find(">lost</a>");
  const auto never = page.find(">new</th>");
  const auto half = page.find(">half</a>");
  const auto well = page.find(">well</a>");
  REQUIRE(well != std::string::npos);
  CHECK(bad < lost);
  CHECK(lost < never);
  CHECK(never < half);
  CHECK(half < well);
  CHECK(says(page, "the server did not accept the login"));
  CHECK(says(page, "the cache is damaged"));
  CHECK(says(page, "no backup yet"));
  CHECK(says(page, "+2.0 MB"));
  CHECK(says(page, "none of 1 run"));
}

TEST_CASE("whatever accounts, servers and records are called, nothing of it is markup, and nothing is loaded or run") {
  const std::string hostile = "\"><script src=//evil>alert('1')</script><img onerror=x>&amp;\x1b[2J\xff\r\n";
  auto r = run(hostile, 1);
  r.problem = hostile;
  r.server = hostile;
  auto one = called(hostile, {r, r}, hostile);
  one.cache = hostile;
  const auto page = report_page({one, called(hostile, {}, hostile)}, now);
  CHECK_FALSE(says(page, "<script"));
  CHECK_FALSE(says(page, "<img"));
  CHECK_FALSE(says(page, "\x1b"));
  CHECK_FALSE(says(page, "\xff"));
  CHECK_FALSE(says(page, "class=\"\""));
  CHECK(says(page, "&lt;script src=//evil&gt;alert('1')&lt;/script&gt;"));
  CHECK(says(page, "&amp;amp;"));
  CHECK(says(page, "default-src 'none'; style-src 'unsafe-inline'"));
  for (const char* loads : {"<link", "<iframe", "<object", "url(", "@import", " src=\""})
    CHECK_FALSE(says(page, loads));
}

TEST_CASE("numbers that cannot be are shown all the same") {
  auto r = run("complete", UINT64_MAX, INT64_MAX);
  r.started_at = INT64_MIN;
  auto back = run("complete", 0);
  back.started_at = INT64_MAX;
  back.ended_at = INT64_MIN;
  CHECK(says(report_page({called("a", {r, back, r})}, INT64_MAX), "</html>"));
  CHECK(says(report_page({}, now), "0 of 0 accounts complete"));
}

TEST_CASE("each account has a bar a run, and of very many accounts the page stays one that can be opened") {
  std::vector<backup_run> runs;
  for (int i = 0; i < 100; ++i)
    runs.push_back(run(i % 10 == 0 ? "failed" : "complete", 1000u * static_cast<unsigned>(i)));
  const auto one = report_page({called("a", runs)}, now);
  CHECK(count_of(one, "<title>") == 1 + 100);
  CHECK(count_of(one, "data-label=\"Began\"") == 100);
  CHECK(count_of(one, "<rect class=\"failed\"") == 10 + 3);
  CHECK(says(one, "10 not complete"));

  const auto many = report_page(std::vector<reported_account>(1000, called("a", runs)), now);
  CHECK(count_of(many, "data-label=\"Began\"") == 5000);
  CHECK(says(many, "the last 5 of 100 runs"));
  CHECK(many.size() < 12'000'000);
}
