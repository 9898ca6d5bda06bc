#include <doctest/doctest.h>

#include <atomic>
#include <string>

#include "outmap/export.hpp"
#include "unit/archive/sample_cache.hpp"

using namespace archive_test;
using outmap::errc;
using outmap::export_format;
using outmap::export_mail;

TEST_CASE("mail is exported by folder patterns") {
  sample_cache cache;
  cache.put("INBOX", {{1, message_text("one")}});
  cache.put("Work/Plans", {{1, message_text("two")}});
  cache.put("Work/Spam", {{1, message_text("three")}});
  const std::atomic<bool> never{false};
  int steps = 0;
  const auto report =
      need(export_mail(cache.file(), {export_format::eml, cache.target(), {{"work*", "Work*"}, {"*/Spam"}}}, never,
                       [&](const outmap::export_report&) { ++steps; }));
  CHECK(report.folders == 1);
  CHECK(report.written == 1);
  CHECK(steps == 1);
  CHECK(tree(cache.target()).begin()->first.starts_with("Work/Plans/"));
}

TEST_CASE("an export without a cache, or one that is stopped before it begins, is an error") {
  sample_cache cache;
  cache.put("INBOX", {{1, message_text("one")}});
  std::atomic<bool> stop{false};
  auto outcome = export_mail(cache.outside("missing"), {export_format::eml, cache.target(), {}}, stop);
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().code == errc::cache_unavailable);
  CHECK_FALSE(std::filesystem::exists(cache.target()));
  stop = true;
  outcome = export_mail(cache.file(), {export_format::eml, cache.target(), {}}, stop);
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().code == errc::cancelled);
}
