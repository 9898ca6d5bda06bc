// Ways to store bodies side by side: time, CPU, speed, size. Not a test: nothing here can fail for being slow.
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <thread>
#include <vector>

#include "bench/store_form.hpp"
#include "support/temp_dir.hpp"

namespace {

using namespace outmap::bench;
namespace fs = std::filesystem;

struct figures {
  double wall = 0;
  double cpu = 0;
  double peak_mib = 0;
  double stored_mb = 0;
};

double seconds(const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; }

figures run_here(const store_form& form, const corpus& what, const fs::path& folder) {
  const auto began = std::chrono::steady_clock::now();
  form.store(what, folder);
  figures out;
  out.wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  out.cpu = seconds(used.ru_utime) + seconds(used.ru_stime);
  out.peak_mib = static_cast<double>(used.ru_maxrss) / 1024;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) out.stored_mb += static_cast<double>(entry.file_size()) / 1e6;
  }
  return out;
}

// In a process of its own, so that CPU and peak memory are its own. Nothing that others left unwritten counts.
figures measured(const store_form& form, const corpus& what) {
  const outmap::test::temp_dir folder;
  ::sync();
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
  const auto child = ::fork();
  if (child == 0) {
    try {
      const auto f = run_here(form, what, folder.path());
      ::_exit(::write(ends[1], &f, sizeof f) == sizeof f ? 0 : 1);
    } catch (const std::exception& e) {
      std::cerr << form.name() << ": " << e.what() << '\n';
      ::_exit(1);
    }
  }
  ::close(ends[1]);
  figures out;
  const auto got = ::read(ends[0], &out, sizeof out);
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (got != sizeof out) throw std::runtime_error(form.name() + " failed");
  return out;
}

std::vector<std::unique_ptr<store_form>> all_forms() {
  using s = sqlite_form;
  constexpr std::size_t mib = std::size_t{1} << 20;
  std::vector<std::unique_ptr<store_form>> out;
  out.push_back(std::make_unique<digest_only>());
  for (const int page : {4096, 32768}) {
    for (const auto log : {s::journal::wal, s::journal::rollback}) {
      for (const auto batch : {4 * mib, 16 * mib}) out.push_back(std::make_unique<s>(page, log, batch));
    }
  }
  out.push_back(std::make_unique<s>(32768, s::journal::wal, 16 * mib, s::where::attached_file));
  out.push_back(std::make_unique<s>(32768, s::journal::rollback, 16 * mib, s::where::attached_file));
  out.push_back(std::make_unique<s>(32768, s::journal::wal, 16 * mib, s::where::same_file, s::how::incremental));
  out.push_back(std::make_unique<s>(32768, s::journal::rollback, 16 * mib, s::where::same_file, s::how::incremental));
  for (const auto batch : {8 * mib, 16 * mib, 32 * mib, 64 * mib}) {
    out.push_back(std::make_unique<segment_form>(batch, 0));
    out.push_back(std::make_unique<segment_form>(batch, 2 * mib));
  }
  out.push_back(std::make_unique<project_form>(project_form::thread::own));
  out.push_back(std::make_unique<project_form>(project_form::thread::writer));
  return out;
}

double octets_of(const corpus& what) {
  double out = 0;
  for_each_body(what, [&](std::string_view body) { out += static_cast<double>(body.size()); });
  return out;
}

void compare(const corpus& what, int rounds, const std::string& only) {
  const double mb = octets_of(what) / 1e6;
  std::printf("\n%zu bodies, %.0f MB; medians of %d rounds, durable at the end\n\n", what.count, mb, rounds);
  std::printf(
      "| form                                                 |  wall s |   CPU s |  MB/s | us each | peak MiB | "
      "stored MB |\n");
  std::printf(
      "|------------------------------------------------------|---------|---------|-------|---------|----------|-------"
      "----|\n");
  for (const auto& form : all_forms()) {
    if (form->name().find(only) == std::string::npos) continue;
    std::vector<figures> runs;
    for (int i = 0; i < rounds; ++i) runs.push_back(measured(*form, what));
    std::sort(runs.begin(), runs.end(), [](const figures& a, const figures& b) { return a.wall < b.wall; });
    const auto& f = runs[runs.size() / 2];
    std::printf("| %-52s | %7.2f | %7.2f | %5.0f | %7.1f | %8.1f | %9.1f |\n", form->name().c_str(), f.wall, f.cpu,
                mb / f.wall, 1e6 * f.cpu / static_cast<double>(what.count), f.peak_mib, f.stored_mb);
    std::fflush(stdout);
  }
}

void compare_zstd(std::size_t count) {
  for (const auto text : {corpus::text::base64, corpus::text::words}) {
    for (const auto& c : compress_all({count, corpus::sizes::mixed, text})) {
      std::printf("zstd level 1, %s: %.2f s for %.0f MB (%.0f MB/s), %.0f %% of the size\n",
                  text == corpus::text::base64 ? "base64" : "words", c.seconds, c.megabytes, c.megabytes / c.seconds,
                  100 * c.share);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  if (args.size() > 4 || (!args.empty() && args[0].find_first_not_of("0123456789") != std::string::npos)) {
    std::cerr << "usage: bench_store_forms [MIXED [SMALL [ROUNDS [PART-OF-NAME]]]]\n"
                 "MIXED and SMALL are numbers of bodies; TMPDIR says on which disk.\n";
    return 2;
  }
  try {
    const auto number = [&](std::size_t at, std::size_t usual) {
      return args.size() > at ? std::stoul(args[at]) : usual;
    };
    const auto mixed = number(0, 20'000);
    const auto small = number(1, 100'000);
    const auto rounds = static_cast<int>(number(2, 3));
    const auto only = args.size() > 3 ? args[3] : std::string();
    pool_of(corpus::text::base64);
    utsname system{};
    ::uname(&system);
    double load = 0;
    [[maybe_unused]] const int loads = ::getloadavg(&load, 1);
    std::printf("%s %s, %u processors, load %.2f\n", system.sysname, system.release,
                std::thread::hardware_concurrency(), load);
    if (mixed > 0) compare({mixed, corpus::sizes::mixed}, rounds, only);
    if (small > 0) compare({small, corpus::sizes::small}, rounds, only);
    if (mixed > 0 && only.empty()) compare_zstd(mixed);
  } catch (const std::exception& e) {
    std::cerr << "bench_store_forms: " << e.what() << '\n';
    return 1;
  }
}
