#include "cache/segment.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <system_error>

namespace outmap::cache {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view magic("outmap segment 1", 16);
constexpr std::string_view suffix = ".seg";

tl::unexpected<error> damaged(const fs::path& file, std::string_view reason) {
  return fail(errc::cache_damaged, file.string() + ": " + std::string(reason));
}

/// The first octets, fewer where the file is shorter. What a disk cannot read is no word about what stands there.
result<std::string> beginning_of(int file, const fs::path& name) {
  std::string out(segment_header_octets, '\0');
  std::size_t filled = 0;
  while (filled < out.size()) {
    const auto got = ::pread(file, out.data() + filled, out.size() - filled, static_cast<off_t>(filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_failure(name, errno, errc::file_error);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  out.resize(filled);
  return out;
}

}  // namespace

descriptor& descriptor::operator=(descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

descriptor::~descriptor() {
  if (number_ >= 0) ::close(number_);
}

std::string segment_header(const cache_identity& whose, std::int64_t number) {
  std::string out(magic);
  out.append(reinterpret_cast<const char*>(whose.data()), whose.size());
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 0xff);
  out.resize(segment_header_octets, '\0');
  return out;
}

fs::path mail_folder_of(const fs::path& cache_file) { return cache_file.native() + ".mail"; }

std::string segment_name(std::int64_t number) {
  auto digits = std::to_string(number);
  if (digits.size() < 6) digits.insert(0, 6 - digits.size(), '0');
  return digits + std::string(suffix);
}

std::optional<std::int64_t> segment_number(std::string_view name) {
  std::int64_t number = 0;
  const auto* const end = name.data() + name.size();
  if (std::from_chars(name.data(), end, number).ec != std::errc()) return std::nullopt;
  if (number < 1 || segment_name(number) != name) return std::nullopt;
  return number;
}

descriptor open_mail_folder(const fs::path& folder) {
  return descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

tl::unexpected<error> file_failure(const fs::path& file, int system_code, errc otherwise) {
  const bool full = system_code == ENOSPC || system_code == EDQUOT || system_code == EFBIG;
  return fail(full ? errc::disk_full : otherwise, file.string() + ": " + std::generic_category().message(system_code));
}

result<descriptor> open_segment(const fs::path& folder, const cache_identity& whose, std::int64_t number,
                                std::uint64_t least, bool for_writing) {
  const auto file = folder / segment_name(number);
  const auto refused = [&](const fs::path& what, int code) -> tl::unexpected<error> {
    if (code == EACCES || code == EPERM || code == EROFS) return file_failure(what, code, errc::cache_unavailable);
    const bool not_ours = code == ENOENT || code == ENOTDIR || code == ELOOP || code == EISDIR || code == ENXIO;
    return file_failure(what, code, not_ours ? errc::cache_damaged : errc::file_error);
  };
  const auto inside = open_mail_folder(folder);
  if (!inside) return refused(folder, errno);
  const int access = for_writing ? O_RDWR : O_RDONLY;
  descriptor out(::openat(inside.get(), segment_name(number).c_str(), access | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!out) return refused(file, errno);
  struct stat status {};
  if (::fstat(out.get(), &status) != 0) return refused(file, errno);
  if (!S_ISREG(status.st_mode)) return damaged(file, "not a regular file");
  if (static_cast<std::uint64_t>(status.st_size) < std::max<std::uint64_t>(least, segment_header_octets)) {
    return damaged(file, "shorter than what was stored in it: " + std::to_string(status.st_size) + " of " +
                             std::to_string(least) + " octets");
  }
  const auto header = beginning_of(out.get(), file);
  if (!header) return tl::unexpected(header.error());
  if (*header != segment_header(whose, number)) return damaged(file, "not a segment of this cache");
  return out;
}

}  // namespace outmap::cache
