#include "cli/trace_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <string>
#include <system_error>

namespace outmap::cli {
namespace {

iovec piece(std::string_view text) { return {const_cast<char*>(text.data()), text.size()}; }

}  // namespace

result<std::unique_ptr<trace_file>> trace_file::open(const std::filesystem::path& file, bool bodies) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
  if (descriptor < 0) {
    return fail(errc::file_error, "--trace " + file.string() + ": " + std::generic_category().message(errno));
  }
  struct stat facts {};
  const bool ours = ::fstat(descriptor, &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_uid == ::geteuid();
  const bool narrowed = !ours || (facts.st_mode & 077) == 0 || ::fchmod(descriptor, 0600) == 0;
  if (!narrowed) {
    const int problem = errno;
    ::close(descriptor);
    return fail(errc::file_error, "--trace " + file.string() +
                                      ": cannot be closed to others: " + std::generic_category().message(problem));
  }
  return std::unique_ptr<trace_file>(new trace_file(descriptor, bodies));
}

trace_file::~trace_file() { ::close(descriptor_); }

void trace_file::client(std::string_view line) noexcept { write("C: ", line); }
void trace_file::server(std::string_view line) noexcept { write("S: ", line); }

void trace_file::note(std::string_view line) noexcept {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 32> prefix{};
  std::strftime(prefix.data(), prefix.size(), "# %Y-%m-%dT%H:%M:%SZ ", &parts);
  write(prefix.data(), line);
}

void trace_file::write(std::string_view prefix, std::string_view line) noexcept {
  std::array<iovec, 3> pieces = {piece(prefix), piece(line), piece("\n")};
  std::size_t first = 0;
  while (first < pieces.size() && problem_ == 0) {
    const auto written = ::writev(descriptor_, pieces.data() + first, static_cast<int>(pieces.size() - first));
    if (written < 0 && errno != EINTR) problem_ = errno;
    auto left = static_cast<std::size_t>(written < 0 ? 0 : written);
    while (first < pieces.size() && left >= pieces[first].iov_len) left -= pieces[first++].iov_len;
    if (first < pieces.size()) {
      pieces[first].iov_base = static_cast<char*>(pieces[first].iov_base) + left;
      pieces[first].iov_len -= left;
    }
  }
}

}  // namespace outmap::cli
