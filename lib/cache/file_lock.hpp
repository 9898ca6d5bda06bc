// One writer for a cache file: a lock on a file beside it.
#pragma once

#include <filesystem>
#include <utility>

#include "outmap/error.hpp"

namespace outmap::cache {

/// Holds flock(2) on a file of its own, so that it outlives neither the process nor a kill, and never mixes with
/// SQLite's record locks. The file is created 0600, carries the holder's process id while it is held, and stays behind
/// empty: removing it would let two processes hold locks on two files of the same name.
class file_lock {
 public:
  /// Never waits: errc::cache_locked (naming the holder's process id where the file tells it), errc::cache_unavailable,
  /// errc::disk_full.
  static result<file_lock> take(const std::filesystem::path& lock_file);
  file_lock(file_lock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  file_lock& operator=(file_lock&&) = delete;
  ~file_lock();

 private:
  explicit file_lock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace outmap::cache
