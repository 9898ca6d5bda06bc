#include "bench/worker.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <iostream>
#include <sstream>
#include <stdexcept>

#include "bench/drain.hpp"
#include "outmap/account.hpp"
#include "outmap/process.hpp"
#include "support/process.hpp"

namespace outmap::bench {
namespace {

constexpr auto longest = std::chrono::minutes(60);

struct outcome {
  std::uint64_t octets = 0;
  std::uint64_t messages = 0;
};

// Of this program alone: getrusage() also counts what the parent held when it forked.
double own_peak_mib() {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

int measure(int whose, const std::function<outcome()>& work) {
  const auto began = std::chrono::steady_clock::now();
  const auto done = work();
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - began;
  rusage used{};
  getrusage(whose, &used);
  const double peak = whose == RUSAGE_SELF ? own_peak_mib() : static_cast<double>(used.ru_maxrss) / 1024;
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  std::cout << "figures " << wall.count() << ' ' << seconds(used.ru_utime) + seconds(used.ru_stime) << ' ' << peak
            << ' ' << done.octets << ' ' << done.messages << '\n';
  return 0;
}

drain_account account_at(const std::string& port) {
  return {"localhost", static_cast<std::uint16_t>(std::stoi(port)), bench_user, bench_password};
}

std::vector<std::string> lines_of(const std::string& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

account_config config_for(const std::string& port, const std::string& ca) {
  account_config c;
  c.host = "localhost";
  c.port = static_cast<std::uint16_t>(std::stoi(port));
  c.user = bench_user;
  c.password = secret(bench_password);
  c.ca_file = ca;
  c.auth.allowed = {mechanism::plain, mechanism::login};
  return c;
}

outcome login(const std::string& port, const std::string& ca) {
  account a(config_for(port, ca));
  const auto done = a.login();
  if (!done) throw std::runtime_error(done.error().message());
  return {};
}

outcome sync(const std::string& port, const std::string& ca, const std::string& cache, const std::string& ways) {
  auto c = config_for(port, ca);
  c.cache = cache;
  c.received = ways.find("header") != std::string::npos ? received_date::header : received_date::internal;
  account a(std::move(c));
  const bool quick = ways.find("quick") != std::string::npos;
  const auto done = a.sync({{}, {}, quick ? sync_depth::quick : sync_depth::full});
  if (!done) throw std::runtime_error(done.error().message());
  if (done->failure) throw std::runtime_error(done->failure->message());
  outcome out{done->octets_read, 0};
  for (const auto& folder : done->folders) out.messages += folder.bodies;
  return out;
}

outcome external(const std::string& input, const std::vector<std::string>& argv) {
  // The shell opens the files and is then replaced: what is counted is the program alone.
  std::vector<std::string> all = {"sh", "-c", "in=$1; shift; exec \"$@\" <\"$in\" >/dev/null", "sh",
                                  input.empty() ? "/dev/null" : input};
  all.insert(all.end(), argv.begin(), argv.end());
  const auto done = test::run({.argv = all}, longest);
  if (!done.ok()) throw std::runtime_error(argv.front() + ": " + test::describe(done));
  return {};
}

}  // namespace

figures workers::run(std::vector<std::string> arguments, bool profiled) const {
  // What an earlier run left to be written back would be paid for by this one.
  if (settle_) ::sync();
  std::vector<std::string> argv;
  if (profiled) argv = prefix_;
  argv.push_back(std::filesystem::read_symlink("/proc/self/exe").string());
  argv.push_back("--worker");
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  const auto ended = test::run({.argv = argv}, longest);
  const auto at = ended.out.find("figures ");
  if (!ended.ok() || at == std::string::npos) throw std::runtime_error(test::describe(ended));
  figures f;
  std::istringstream(ended.out.substr(at + 8)) >> f.wall >> f.cpu >> f.peak_mib >> f.octets >> f.messages;
  return f;
}

figures workers::drain(const far_end& from, const std::string& mailbox, const std::vector<std::string>& fetches) const {
  std::vector<std::string> work = {"drain", std::to_string(from.port), mailbox};
  work.insert(work.end(), fetches.begin(), fetches.end());
  return run(std::move(work), false);
}

figures workers::drain_to_file(const far_end& from, const std::string& mailbox, const std::string& fetch,
                               const std::filesystem::path& to) const {
  return run({"drain-to-file", std::to_string(from.port), mailbox, fetch, to.string()}, false);
}

figures workers::drain_mailboxes(const far_end& from, const std::filesystem::path& names, const std::string& fetch,
                                 bool pipelined) const {
  return run(
      {"drain-mailboxes", std::to_string(from.port), names.string(), fetch, pipelined ? "pipelined" : "one-by-one"},
      false);
}

figures workers::sync(const far_end& from, const std::filesystem::path& cache, sync_ways how) const {
  std::string ways = "sync";
  if (how.header_date) ways += "+header";
  if (how.quick) ways += "+quick";
  return run({"sync", std::to_string(from.port), from.ca_file.string(), cache.string(), ways}, true);
}

figures workers::login(const far_end& from) const {
  return run({"login", std::to_string(from.port), from.ca_file.string()}, false);
}

figures workers::external(const std::filesystem::path& input, const std::vector<std::string>& argv) const {
  std::vector<std::string> all = {"external", input.string()};
  all.insert(all.end(), argv.begin(), argv.end());
  return run(all, false);
}

int run_worker(const std::vector<std::string>& arguments) {
  if (arguments.size() < 3 || arguments[0] != "--worker") return -1;
  // As the command-line program.
  keep_no_memory_statistics();
  const std::vector<std::string> args(arguments.begin() + 2, arguments.end());
  const auto& work = arguments[1];
  if (work == "login" && args.size() == 2) {
    return measure(RUSAGE_SELF, [&] { return login(args[0], args[1]); });
  }
  if (work == "drain" && args.size() >= 3) {
    const std::vector<std::string> fetches(args.begin() + 2, args.end());
    return measure(RUSAGE_SELF, [&] { return outcome{drain(account_at(args[0]), args[1], fetches), 0}; });
  }
  if (work == "drain-to-file" && args.size() == 4) {
    return measure(RUSAGE_SELF, [&] {
      return outcome{drain_to_file(account_at(args[0]), args[1], args[2], args[3]), 0};
    });
  }
  if (work == "drain-mailboxes" && args.size() == 4) {
    const auto names = lines_of(args[1]);
    const auto how = args[3] == "pipelined" ? pacing::pipelined : pacing::one_by_one;
    return measure(RUSAGE_SELF, [&] { return outcome{drain_mailboxes(account_at(args[0]), names, args[2], how), 0}; });
  }
  if (work == "sync" && args.size() == 4) {
    return measure(RUSAGE_SELF, [&] { return sync(args[0], args[1], args[2], args[3]); });
  }
  if (work == "external" && args.size() >= 2) {
    return measure(RUSAGE_CHILDREN,
                   [&] { return external(args[0], std::vector<std::string>(args.begin() + 1, args.end())); });
  }
  return -1;
}

}  // namespace outmap::bench
