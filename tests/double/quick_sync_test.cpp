// The quick depth: only what is new, as long as the counts say that nothing has gone.
#include <doctest/doctest.h>

#include <algorithm>

#include "double_fixture.hpp"
#include "support/trace_on_trial.hpp"

using namespace outmap;
using namespace outmap::test;

namespace {

struct quick_fixture : double_fixture {
  quick_fixture() {
    mail().create("Work");
    for (unsigned i = 1; i <= 9; ++i) {
      mail().add("INBOX", text_of_size(300, i));
      mail().add("Work", text_of_size(300, 100 + i));
    }
    run_well();
  }
  sync_report quick() {
    said_before = server->log().lines().size();
    trace_on_trial audited(config.auth);
    account a(config, &watch, &audited);
    auto got = a.sync({{}, {}, sync_depth::quick});
    REQUIRE_MESSAGE(got, got.error().message());
    if (got->failure) FAIL_CHECK(got->failure->message());
    return *got;
  }
  [[nodiscard]] std::size_t times_said(std::string_view text) {
    const auto lines = server->log().lines();
    return static_cast<std::size_t>(
        std::count_if(lines.begin() + static_cast<std::ptrdiff_t>(said_before), lines.end(),
                      [&](const std::string& l) { return l.find(text) != std::string::npos; }));
  }
  std::size_t said_before = 0;
};

}  // namespace

TEST_CASE_FIXTURE(quick_fixture, "a quick sync of an unchanged account lists nothing that is known") {
  const auto report = quick();
  CHECK(report.folders.size() >= 2);
  CHECK(times_said("1:* (UID FLAGS)") == 0);
  CHECK(times_said("BODY") == 0);
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(quick_fixture, "a quick sync brings what is new") {
  mail().add("INBOX", text_of_size(300, 50));
  mail().add("INBOX", text_of_size(300, 51));
  quick();
  CHECK(times_said("1:* (UID FLAGS)") == 0);
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(quick_fixture, "a quick sync lists a folder whose count does not fit, and no other") {
  mail().expunge("Work", 4);
  mail().add("INBOX", text_of_size(300, 60));
  quick();
  CHECK(times_said("1:* (UID FLAGS)") == 1);
  check_equal("INBOX");
  check_equal("Work");
}

TEST_CASE_FIXTURE(quick_fixture, "as many gone as come do not deceive a quick sync") {
  mail().expunge("Work", 2);
  mail().add("Work", text_of_size(300, 70));
  quick();
  check_equal("Work");
}

TEST_CASE_FIXTURE(quick_fixture, "a quick sync sees the last message gone, and the folder empty") {
  mail().expunge("Work", 9);
  quick();
  check_equal("Work");
  for (std::uint32_t u = 1; u <= 8; ++u) mail().expunge("Work", u);
  quick();
  check_equal("Work");
  quick();
  check_equal("Work");
}

TEST_CASE_FIXTURE(quick_fixture, "flags changed elsewhere are left to a full sync") {
  mail().set_flags("INBOX", 2, flag_set(1));
  quick();
  CHECK(held("INBOX") != served("INBOX"));
  run_well();
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(quick_fixture, "folders that have come or gone since are found by a quick sync, too") {
  mail().create("New");
  mail().add("New", text_of_size(300, 80));
  mail().remove_folder("Work");
  const auto report = quick();
  CHECK(
      std::none_of(report.folders.begin(), report.folders.end(), [](const auto& f) { return f.failure.has_value(); }));
  check_equal("New");
}

TEST_CASE_FIXTURE(quick_fixture, "OIMAP-V0003 a quick sync notices a new UIDVALIDITY") {
  mail().change_uid_validity("Work");
  quick();
  check_equal("Work");
}

TEST_CASE("a quick sync of an account that was never synced brings all") {
  double_fixture fresh;
  for (unsigned i = 1; i <= 5; ++i) fresh.mail().add("INBOX", text_of_size(300, i));
  account a(fresh.config, &fresh.watch);
  const auto got = a.sync({{}, {}, sync_depth::quick});
  REQUIRE(got);
  CHECK_FALSE(got->failure);
  fresh.check_equal("INBOX");
}
