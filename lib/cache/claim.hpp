// The right to write a cache file, had before the file is opened.
#pragma once

#include <filesystem>

#include "cache/cache_file.hpp"
#include "cache/file_lock.hpp"
#include "outmap/error.hpp"

namespace outmap::cache {

/// One that is destroyed gives the lock back.
class claim {
 public:
  /// Looks at the file, then takes its lock; changes nothing but the lock file, and beside a file that is not ours makes
  /// none. Errors: cache_locked, cache_foreign, cache_newer, cache_unavailable, disk_full.
  static result<claim> take(const std::filesystem::path& file, bool create);

  [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }  ///< resolved
  /// Opening it takes milliseconds, whatever its size: it is there, has the schema of this library, and no log of an
  /// earlier writer waits beside it.
  [[nodiscard]] bool opens_at_once() const;
  /// For the one who goes on with the file.
  file_lock release() && { return std::move(lock_); }

 private:
  claim(std::filesystem::path file, file_state state, file_lock lock)
      : file_(std::move(file)), state_(state), lock_(std::move(lock)) {}

  std::filesystem::path file_;
  file_state state_;
  file_lock lock_;
};

}  // namespace outmap::cache
