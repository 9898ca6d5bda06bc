#include "bench/machine_facts.hpp"

#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include "support/process.hpp"

namespace outmap::bench {
namespace {

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string processor() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

// What the program says when asked, or that it is absent.
std::string version_of(const std::string& program, const std::string& how) {
  if (!test::find_program(program)) return "not installed";
  return first_line(test::run({.argv = {program, how}}).out);
}

std::string file_system(const std::filesystem::path& folder) {
  const auto told = test::run({.argv = {"df", "--output=fstype,source", folder.string()}});
  const auto at = told.out.find('\n');
  if (!told.ok() || at == std::string::npos) return "unknown";
  std::istringstream words(told.out.substr(at));
  std::string type;
  std::string source;
  words >> type >> source;
  return type + " on " + source;
}

}  // namespace

double load() {
  double averages[1] = {};
  return ::getloadavg(averages, 1) == 1 ? averages[0] : 0;
}

std::string machine_facts(const std::filesystem::path& work_folder) {
  utsname system{};
  ::uname(&system);
  struct sysinfo memory {};
  ::sysinfo(&memory);
  std::ostringstream out;
  out << "processor: " << processor() << ", " << std::thread::hardware_concurrency() << " cores\n"
      << "system: " << system.sysname << ' ' << system.release << ", "
      << (static_cast<std::uint64_t>(memory.totalram) * memory.mem_unit >> 20U) << " MiB of memory\n"
      << "work folder: " << file_system(work_folder) << '\n'
      << "Dovecot: " << version_of("dovecot", "--version") << ", on loopback, on the same machine\n"
      << "OpenSSL: " << version_of("openssl", "version") << '\n'
      << "mbsync: " << version_of("mbsync", "--version") << '\n'
      << "load average: " << load() << '\n';
  return out.str();
}

}  // namespace outmap::bench
