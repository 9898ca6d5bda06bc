// The system calls by which mail files are written, so that a test can be the disk.
#pragma once

#include <sys/types.h>

#include <cstddef>

namespace outmap::cache {

/// Results and errno are those of the system calls.
class file_calls {
 public:
  virtual ~file_calls() = default;

  virtual int open(int folder, const char* name, int flags, mode_t mode);
  virtual ssize_t write(int file, const void* octets, std::size_t size, off_t at);
  /// The content and what is needed to find it again (fdatasync).
  virtual int sync(int file);
  /// The names in it (fsync: fdatasync need not care for names). 0 where the file system has nothing to sync there.
  virtual int sync_folder(int folder);
  virtual int truncate(int file, off_t size);
  /// Asks the disk to begin with a part of the file, so that a sync that follows is short. Promises nothing.
  virtual void begin_write_back(int file, off_t at, off_t size);
  /// Lets the system have the memory in which it holds a part of the file that is on the disk. Promises nothing.
  virtual void let_go(int file, off_t at, off_t size);
  /// Gives a part of the file back to the file system where that can be done; it reads as zeros then.
  virtual void discard(int file, off_t at, off_t size);

  /// The real ones.
  static file_calls& of_system();
};

}  // namespace outmap::cache
