#include "support/results_listener.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>

namespace outmap::test {
namespace {

namespace fs = std::filesystem;

// __FILE__ may be absolute or, where a compiler cache rewrites it, relative to a folder that is not known here.
std::string below_tests(const char* file) {
  constexpr std::string_view tests = "/tests/";
  const std::string whole = fs::path(file).generic_string();
  const auto at = whole.rfind(tests);
  return at == std::string::npos ? whole : whole.substr(at + tests.size());
}

}  // namespace

results_listener::~results_listener() {
  if (file_ >= 0) ::close(file_);
}

void results_listener::test_run_start() {
  const char* folder = std::getenv("OUTMAP_TEST_RESULTS");  // NOLINT(concurrency-mt-unsafe): no other thread yet
  if (folder == nullptr || *folder == '\0') return;
  std::error_code problem;
  fs::create_directories(folder, problem);
  const auto name = fs::path(options_.binary_name.c_str()).filename().string() + ".results";
  process_ = ::getpid();
  file_ = ::open((fs::path(folder) / name).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
  if (file_ < 0) std::cerr << folder << ": " << name << ": " << std::strerror(errno) << '\n';
  write("outmap-test-results 1\n");
}

void results_listener::test_case_end(const doctest::CurrentTestCaseStats& end) {
  if (running_ != nullptr) record(end.testCaseSuccess ? "passed" : "failed", *running_);
  running_ = nullptr;
}

void results_listener::record(std::string_view verdict, const doctest::TestCaseData& test) {
  std::string name = test.m_name;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '\t' || c == '\n'; }, ' ');
  write(std::string(verdict) + '\t' + below_tests(test.m_file.c_str()) + '\t' + name + '\n');
}

// One write a line: what was recorded stays when the program crashes.
void results_listener::write(const std::string& line) const {
  if (file_ < 0 || process_ != ::getpid()) return;
  for (std::size_t done = 0; done < line.size();) {
    const auto put = ::write(file_, line.data() + done, line.size() - done);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return;
    done += static_cast<std::size_t>(put);
  }
}

}  // namespace outmap::test
