// SQLite's file layer with a fault that a test can place.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <functional>

namespace cache_test {

/// While it exists, it is SQLite's default file layer: it passes everything on to the real one, until the write or the
/// sync with the number it was armed for. From then on every write, truncation and sync fails, like on a disk that
/// stays full or has gone, until heal(). A sync that succeeds is only counted: no test cuts the power. One at a time,
/// for one thread.
class failing_vfs {
 public:
  failing_vfs();
  ~failing_vfs();
  failing_vfs(const failing_vfs&) = delete;
  failing_vfs& operator=(const failing_vfs&) = delete;

  /// The next `calls` writes (syncs) succeed; then `code` is the answer: SQLITE_FULL, SQLITE_IOERR_WRITE,
  /// SQLITE_IOERR_FSYNC.
  void fail_writes_after(std::uint64_t calls, int code);
  void fail_syncs_after(std::uint64_t calls, int code);
  void heal();
  /// Called before every write that is passed on; nothing: no call.
  void on_write(std::function<void()> call);
  /// Whether the fault was met since it was armed.
  [[nodiscard]] bool struck() const;
  /// Syncs of any file since the beginning.
  [[nodiscard]] std::uint64_t syncs() const;

 private:
  sqlite3_vfs vfs_{};
};

}  // namespace cache_test
