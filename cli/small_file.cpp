#include "cli/small_file.hpp"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

#include "outmap/secret.hpp"

namespace outmap::cli {
namespace {

class descriptor {
 public:
  explicit descriptor(int fd) : fd_(fd) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

tl::unexpected<error> file_problem(const std::filesystem::path& file, int problem) {
  return fail(errc::file_error, file.string() + ": " + std::generic_category().message(problem));
}

// The content may be a password: what leaves the buffers is wiped, and the string never grows beyond its first
// allocation.
result<small_file> read(const std::filesystem::path& file, std::size_t most, bool first_line) {
  const descriptor from(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  struct stat facts {};
  if (from.get() < 0 || ::fstat(from.get(), &facts) != 0) return file_problem(file, errno);
  small_file out;
  if (S_ISREG(facts.st_mode)) {
    out.readable_by_others = (facts.st_mode & 044) != 0;
    out.writable_by_others = (facts.st_mode & 02) != 0;
  }
  out.octets.reserve(most + 1);
  std::array<char, 4096> buffer{};
  int problem = 0;
  while (out.octets.size() <= most) {
    const auto got = ::read(from.get(), buffer.data(), std::min(buffer.size(), most + 1 - out.octets.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) problem = errno;
    if (got <= 0) break;
    out.octets.append(buffer.data(), static_cast<std::size_t>(got));
    if (first_line && out.octets.find('\n') != std::string::npos) break;
  }
  ::explicit_bzero(buffer.data(), buffer.size());
  if (problem != 0) {
    wipe(out.octets);
    return file_problem(file, problem);
  }
  const auto end = first_line ? out.octets.find('\n') : std::string::npos;
  if (end == std::string::npos && out.octets.size() > most) {
    wipe(out.octets);
    return fail(errc::config_invalid, file.string() + ": is over " + std::to_string(most) + " octets");
  }
  if (end != std::string::npos) {
    ::explicit_bzero(out.octets.data() + end, out.octets.size() - end);
    out.octets.resize(end);
  }
  return out;
}

}  // namespace

result<small_file> read_small_file(const std::filesystem::path& file, std::size_t most) {
  return read(file, most, false);
}
result<small_file> read_first_line(const std::filesystem::path& file, std::size_t most) {
  return read(file, most, true);
}

}  // namespace outmap::cli
