#include "cache/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

namespace outmap::cache {
namespace {

tl::unexpected<error> failed(const std::filesystem::path& file, int system_code) {
  const auto kind = system_code == ENOSPC || system_code == EDQUOT ? errc::disk_full : errc::cache_unavailable;
  return fail(kind, file.string() + ": " + std::generic_category().message(system_code));
}

/// "process 1234", or nothing if the file does not hold a number.
std::string holder(int descriptor) {
  std::array<char, 11> content{};
  const auto got = ::pread(descriptor, content.data(), content.size(), 0);
  std::string_view digits(content.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  digits = digits.substr(0, digits.find('\n'));
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) return {};
  return "process " + std::string(digits);
}

}  // namespace

result<file_lock> file_lock::take(const std::filesystem::path& lock_file) {
  const int descriptor = ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
  if (descriptor < 0) return failed(lock_file, errno);

  struct stat status {};
  const bool regular = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  if (!regular || ::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    const int reason = errno;
    const auto who = regular ? holder(descriptor) : std::string();
    ::close(descriptor);
    if (!regular) return fail(errc::cache_unavailable, lock_file.string() + ": not a regular file");
    if (reason != EWOULDBLOCK) return failed(lock_file, reason);
    return fail(errc::cache_locked, lock_file.string() + (who.empty() ? "" : ": held by " + who));
  }

  // On a full disk the lock holds all the same; only the name of its holder is missing.
  const auto id = std::to_string(::getpid()) + "\n";
  [[maybe_unused]] const bool named =
      ::ftruncate(descriptor, 0) == 0 && ::pwrite(descriptor, id.data(), id.size(), 0) > 0;
  return file_lock(descriptor);
}

file_lock::~file_lock() {
  if (descriptor_ < 0) return;
  [[maybe_unused]] const int emptied = ::ftruncate(descriptor_, 0);
  ::close(descriptor_);
}

}  // namespace outmap::cache
