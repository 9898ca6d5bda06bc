// Two syncs against each version of Exchange that the bundled server plays, held against the profile.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "double/whole_run.hpp"
#include "support/trace_on_trial.hpp"

using namespace outmap;

TEST_CASE("OIMAP-V0061 OIMAP-V0034 the auditor is silent on whole runs against all seven, cut at every line too") {
  auto names = exchange::personality::names();
  std::erase(names, "generic");
  CHECK(names.size() == 7);
  for (const auto& name : names) {
    CAPTURE(name);
    const auto behaves = exchange::personality::by_name(name);
    REQUIRE(behaves);
    for (const auto tls : {tls_mode::implicit, tls_mode::starttls}) {
      test::whole_run run(*behaves);
      run.config.tls = tls;
      run.run_twice();
      test::trace_on_trial said(run.config.auth);
      for (const auto& [who, line] : run.trace.lines) {
        if (who == 'C') said.client(line);
        if (who == 'S') said.server(line);
        if (who == 'n') said.note(line);
      }
      CHECK(run.trace.lines.size() > 50);
      said.check_cut_at_every_line();
    }
  }
}
