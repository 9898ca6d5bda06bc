#include "cache/file_calls.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace outmap::cache {

int file_calls::open(int folder, const char* name, int flags, mode_t mode) {
  return ::openat(folder, name, flags, mode);
}

ssize_t file_calls::write(int file, const void* octets, std::size_t size, off_t at) {
  return ::pwrite(file, octets, size, at);
}

int file_calls::sync(int file) { return ::fdatasync(file); }

int file_calls::sync_folder(int folder) { return ::fsync(folder) != 0 && errno != EINVAL ? -1 : 0; }

int file_calls::truncate(int file, off_t size) { return ::ftruncate(file, size); }

void file_calls::begin_write_back([[maybe_unused]] int file, [[maybe_unused]] off_t at, [[maybe_unused]] off_t size) {
#ifdef SYNC_FILE_RANGE_WRITE
  ::sync_file_range(file, at, size, SYNC_FILE_RANGE_WRITE);
#endif
}

void file_calls::let_go(int file, off_t at, off_t size) {
  [[maybe_unused]] const int done = ::posix_fadvise(file, at, size, POSIX_FADV_DONTNEED);
}

void file_calls::discard([[maybe_unused]] int file, [[maybe_unused]] off_t at, [[maybe_unused]] off_t size) {
#ifdef FALLOC_FL_PUNCH_HOLE
  [[maybe_unused]] const int done = ::fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, size);
#endif
}

file_calls& file_calls::of_system() {
  static file_calls real;
  return real;
}

}  // namespace outmap::cache
