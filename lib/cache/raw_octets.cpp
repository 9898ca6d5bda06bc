#include "cache/raw_octets.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <vector>

#include "cache/digester.hpp"
#include "cache/segment.hpp"

namespace outmap::cache {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t piece = std::size_t{256} << 10;

/// A file opened by SQLite's file layer.
class layer_file {
 public:
  explicit layer_file(const fs::path& file)
      : layer_(sqlite3_vfs_find(nullptr)),
        name_(sqlite3_create_filename(file.c_str(), "", "", 0, nullptr), sqlite3_free_filename_of),
        room_(static_cast<std::size_t>(layer_->szOsFile) / sizeof(std::max_align_t) + 1) {
    int opened_as = 0;
    errno = 0;
    open_ = layer_->xOpen(layer_, name_.get(), handle(), SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB, &opened_as) ==
            SQLITE_OK;
    code_ = errno;
  }
  ~layer_file() {
    if (open_) handle()->pMethods->xClose(handle());
  }
  layer_file(const layer_file&) = delete;
  layer_file& operator=(const layer_file&) = delete;

  [[nodiscard]] bool is_open() const { return open_; }
  [[nodiscard]] int code() const { return code_ != 0 ? code_ : EIO; }
  sqlite3_file* handle() { return reinterpret_cast<sqlite3_file*>(room_.data()); }

 private:
  static void sqlite3_free_filename_of(const char* name) { sqlite3_free_filename(const_cast<char*>(name)); }

  sqlite3_vfs* layer_;
  std::unique_ptr<const char, void (*)(const char*)> name_;
  std::vector<std::max_align_t> room_;
  bool open_ = false;
  int code_ = 0;
};

}  // namespace

result<octets_sum> sum_of_database(const fs::path& file, const std::function<bool(std::uint64_t)>& step) {
  layer_file from(file);
  if (!from.is_open()) return file_failure(file, from.code(), errc::cache_unavailable);
  auto* const methods = from.handle()->pMethods;
  sqlite3_int64 size = 0;
  if (methods->xFileSize(from.handle(), &size) != SQLITE_OK) return file_failure(file, EIO, errc::file_error);
  digester sum;
  std::vector<char> buffer(piece);
  octets_sum out;
  out.size = static_cast<std::uint64_t>(size);
  for (std::uint64_t at = 0; at < out.size;) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(piece, out.size - at));
    errno = 0;
    const int got =
        methods->xRead(from.handle(), buffer.data(), static_cast<int>(wanted), static_cast<sqlite3_int64>(at));
    if (got != SQLITE_OK) return file_failure(file, errno != 0 ? errno : EIO, errc::file_error);
    sum.update({buffer.data(), wanted});
    at += wanted;
    if (step && !step(wanted)) return fail(errc::cancelled);
  }
  auto whole = sum.finish();
  if (!whole) return tl::unexpected(whole.error());
  out.sum = *whole;
  return out;
}

result<digest> sum_of_segment(const fs::path& file, std::uint64_t from, std::uint64_t to,
                              const std::function<bool(std::uint64_t)>& step) {
  const descriptor in(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!in) return file_failure(file, errno, errc::cache_damaged);
  digester sum;
  std::vector<char> buffer(piece);
  while (from < to) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(piece, to - from));
    const auto got = ::pread(in.get(), buffer.data(), wanted, static_cast<off_t>(from));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_failure(file, errno, errc::file_error);
    if (got == 0) return fail(errc::cache_damaged, file.string() + ": shorter than what was stored in it");
    sum.update({buffer.data(), static_cast<std::size_t>(got)});
    from += static_cast<std::uint64_t>(got);
    if (step && !step(static_cast<std::uint64_t>(got))) return fail(errc::cancelled);
  }
  return sum.finish();
}

}  // namespace outmap::cache
