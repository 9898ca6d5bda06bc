// The benchmarks of outmap: what it takes against the bare read of the same octets, and against other programs. Not a
// test: nothing here fails for being slow.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>

#include "bench/bench_case.hpp"
#include "bench/machine_facts.hpp"
#include "interop/dovecot_server.hpp"

namespace {

using namespace outmap::bench;

struct family {
  const char* name;
  void (*run)(const bench_case&);
};

constexpr family families[] = {
    {"mixed", mixed_case},     {"small", small_case},   {"distance", distance_case}, {"large", large_case},
    {"million", million_case}, {"growth", growth_case}, {"reading", reading_case},   {"watch", watch_case},
};

// Below this the figures are only looked at for being there.
constexpr double smallest_that_counts = 0.01;
// ctest takes a test that ends so for skipped.
constexpr int cannot_run_here = 77;

int run(const std::vector<std::string>& chosen, const bench_case& with) {
  with.out.remark(machine_facts(std::filesystem::temp_directory_path()));
  with.out.remark(std::to_string(with.rounds) + " rounds, medians; scale " + number(with.scale));
  bool failed = false;
  for (const auto& f : families) {
    if (!chosen.empty() && std::find(chosen.begin(), chosen.end(), f.name) == chosen.end()) continue;
    try {
      f.run(with);
    } catch (const std::exception& e) {
      with.out.goal(f.name, "runs to its end", e.what(), false);
      failed = true;
    }
    with.out.remark("load average now: " + number(load()));
  }
  with.out.finish();
  return failed ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (const int code = run_worker(std::vector<std::string>(argv + 1, argv + argc)); code >= 0) return code;
    int rounds = 3;
    double scale = 1;
    std::string keep;
    std::string prefix;
    bool no_peers = false;
    std::vector<std::string> chosen;
    CLI::App app("Benchmarks of outmap against the bare read of the same octets and against other programs");
    std::vector<std::string> names;
    for (const auto& f : families) names.emplace_back(f.name);
    app.add_option("case", chosen, "which families; all without")->check(CLI::IsMember(names));
    app.add_option("--rounds", rounds, "figures are medians of this many")->check(CLI::Range(1, 1000));
    app.add_option("--scale", scale, "of the numbers of messages; 0.01 for a quick look")
        ->check(CLI::Range(1e-6, 100.0));
    app.add_option("--keep", keep, "folder where filled servers stay for the next run");
    app.add_option("--prefix", prefix, "command before each sync, as a profiler: \"perf record -g -o x.data --\"");
    app.add_flag("--no-peers", no_peers, "without mbsync");
    CLI11_PARSE(app, argc, argv);
    const auto missing = outmap::interop::missing_programs();
    if (!missing.empty()) {
      const char* required = std::getenv("OUTMAP_REQUIRE_INTEROP");  // NOLINT(concurrency-mt-unsafe): one thread
      if (required != nullptr && std::string_view(required) == "1") throw std::runtime_error(missing);
      std::cerr << missing << '\n';
      return cannot_run_here;
    }
    const workers work(CLI::detail::split_up(prefix), scale >= smallest_that_counts);
    report out;
    return run(chosen, {rounds, scale, keep, !no_peers, work, out});
  } catch (const std::exception& e) {
    std::cerr << "bench_outmap: " << e.what() << '\n';
    return 1;
  }
}
