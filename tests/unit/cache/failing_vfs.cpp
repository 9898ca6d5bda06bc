#include "failing_vfs.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <utility>

namespace cache_test {
namespace {

struct fault {
  std::optional<std::uint64_t> writes_left;
  std::optional<std::uint64_t> syncs_left;
  int code = SQLITE_OK;
  bool struck = false;
  std::uint64_t syncs = 0;
};
fault current;
sqlite3_vfs* real = nullptr;
std::function<void()> watcher;

/// SQLITE_OK, or what a call that changes the disk must answer.
int verdict(std::optional<std::uint64_t>* left) {
  if (current.struck) return current.code;
  if (left == nullptr || !left->has_value()) return SQLITE_OK;
  if (**left > 0) {
    --**left;
    return SQLITE_OK;
  }
  current.struck = true;
  return current.code;
}

struct file {
  sqlite3_file base;
  // The real one's object follows.
  sqlite3_file* inner() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
static_assert(sizeof(file) % 8 == 0);

sqlite3_file* in(sqlite3_file* f) { return reinterpret_cast<file*>(f)->inner(); }

int do_write(sqlite3_file* f, const void* data, int size, sqlite3_int64 at) {
  if (const int code = verdict(&current.writes_left); code != SQLITE_OK) return code;
  if (watcher) watcher();
  return in(f)->pMethods->xWrite(in(f), data, size, at);
}

int do_sync(sqlite3_file*, int) {
  if (const int code = verdict(&current.syncs_left); code != SQLITE_OK) return code;
  ++current.syncs;
  return SQLITE_OK;
}

int do_truncate(sqlite3_file* f, sqlite3_int64 size) {
  if (const int code = verdict(nullptr); code != SQLITE_OK) return code;
  return in(f)->pMethods->xTruncate(in(f), size);
}

const sqlite3_io_methods methods = {
    2,
    [](sqlite3_file* f) { return in(f)->pMethods->xClose(in(f)); },
    [](sqlite3_file* f, void* data, int size, sqlite3_int64 at) {
      return in(f)->pMethods->xRead(in(f), data, size, at);
    },
    do_write,
    do_truncate,
    do_sync,
    [](sqlite3_file* f, sqlite3_int64* size) { return in(f)->pMethods->xFileSize(in(f), size); },
    [](sqlite3_file* f, int level) { return in(f)->pMethods->xLock(in(f), level); },
    [](sqlite3_file* f, int level) { return in(f)->pMethods->xUnlock(in(f), level); },
    [](sqlite3_file* f, int* out) { return in(f)->pMethods->xCheckReservedLock(in(f), out); },
    [](sqlite3_file* f, int op, void* arg) { return in(f)->pMethods->xFileControl(in(f), op, arg); },
    [](sqlite3_file* f) { return in(f)->pMethods->xSectorSize(in(f)); },
    [](sqlite3_file* f) { return in(f)->pMethods->xDeviceCharacteristics(in(f)); },
    [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
      return in(f)->pMethods->xShmMap(in(f), page, size, extend, out);
    },
    [](sqlite3_file* f, int at, int n, int flags) { return in(f)->pMethods->xShmLock(in(f), at, n, flags); },
    [](sqlite3_file* f) { in(f)->pMethods->xShmBarrier(in(f)); },
    [](sqlite3_file* f, int remove) { return in(f)->pMethods->xShmUnmap(in(f), remove); },
    nullptr,
    nullptr,
};

int do_open(sqlite3_vfs*, const char* name, sqlite3_file* f, int flags, int* out) {
  f->pMethods = nullptr;
  const int code = real->xOpen(real, name, in(f), flags, out);
  if (code == SQLITE_OK) f->pMethods = &methods;
  return code;
}

}  // namespace

failing_vfs::failing_vfs() {
  REQUIRE(real == nullptr);
  current = {};
  real = sqlite3_vfs_find(nullptr);
  // The other functions of the real one do not look at the object they are called on.
  vfs_ = *real;
  vfs_.zName = "failing";
  vfs_.pNext = nullptr;
  vfs_.szOsFile = real->szOsFile + static_cast<int>(sizeof(file));
  vfs_.xOpen = do_open;
  REQUIRE(sqlite3_vfs_register(&vfs_, 1) == SQLITE_OK);
}

failing_vfs::~failing_vfs() {
  sqlite3_vfs_unregister(&vfs_);
  sqlite3_vfs_register(real, 1);
  real = nullptr;
  watcher = nullptr;
}

void failing_vfs::fail_writes_after(std::uint64_t calls, int code) {
  current = {calls, std::nullopt, code, false, current.syncs};
}

void failing_vfs::fail_syncs_after(std::uint64_t calls, int code) {
  current = {std::nullopt, calls, code, false, current.syncs};
}

void failing_vfs::heal() { current = {std::nullopt, std::nullopt, SQLITE_OK, false, current.syncs}; }
void failing_vfs::on_write(std::function<void()> call) { watcher = std::move(call); }
bool failing_vfs::struck() const { return current.struck; }
std::uint64_t failing_vfs::syncs() const { return current.syncs; }

}  // namespace cache_test
