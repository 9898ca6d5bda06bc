// Preloaded into a program under test: counts its calls to the system, disturbs the one that a test chose, and writes
// down what became of the files. Glibc on Linux.
#include "faults/call_gate.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstring>
#include <string>

using outmap::test::gate_board;
using outmap::test::gate_record;
using outmap::test::gate_way;
namespace gate = outmap::test::gate;

namespace {

using what = gate_record::what;

gate_board* board = nullptr;
int journal = -1;
// The journal has the order of the calls.
pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

template <class F>
F next(const char* name) {
  return reinterpret_cast<F>(::dlsym(RTLD_NEXT, name));
}

[[gnu::constructor]] void begin() {
  const char* const at = ::getenv(outmap::test::gate_board_variable);
  if (at == nullptr) return;
  const int file = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, at, O_RDWR | O_CLOEXEC));
  if (file < 0) return;
  void* const memory = ::mmap(nullptr, sizeof(gate_board), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  ::syscall(SYS_close, file);
  if (const char* const to = ::getenv(outmap::test::gate_journal_variable); to != nullptr)
    journal = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (memory != MAP_FAILED) board = static_cast<gate_board*>(memory);
}

[[noreturn]] void die() {
  ::syscall(SYS_kill, ::getpid(), SIGKILL);
  for (;;) ::pause();
}

enum class thing { file, folder, socket, other };

thing look_at(int fd, struct stat* status = nullptr) {
  struct stat own {};
  auto* const into = status != nullptr ? status : &own;
  const int before = errno;
  const int got = ::fstat(fd, into);
  errno = before;
  if (board == nullptr || got != 0 || fd <= STDERR_FILENO) return thing::other;
  if (S_ISREG(into->st_mode)) return thing::file;
  if (S_ISDIR(into->st_mode)) return thing::folder;
  return S_ISSOCK(into->st_mode) ? thing::socket : thing::other;
}

/// From before the call until what it did is written down.
class turn {
 public:
  explicit turn(unsigned kind) : counts_(board != nullptr && (board->kinds & kind) != 0) {
    if (board == nullptr) return;
    ::pthread_mutex_lock(&mutex);
    if (!counts_) return;
    const auto number = ++board->seen;
    if (number < board->from || number > board->last) return;
    way_ = board->way;
    if (way_ != gate_way::pass) ++board->struck;
    if (way_ == gate_way::kill) die();
  }
  ~turn() {
    if (board != nullptr) ::pthread_mutex_unlock(&mutex);
  }
  turn(const turn&) = delete;
  turn& operator=(const turn&) = delete;

  /// Without octets nothing can be torn.
  [[nodiscard]] bool fails() const {
    if (way_ == gate_way::torn) die();
    if (way_ != gate_way::fail) return false;
    errno = board->code;
    return true;
  }
  [[nodiscard]] bool fails_with_octets() const {
    if (way_ != gate_way::fail) return false;
    errno = board->code;
    return true;
  }
  [[nodiscard]] std::size_t share(std::size_t size) const {
    const bool half = way_ == gate_way::torn || way_ == gate_way::cut;
    return half && size > 1 ? size / 2 : size;
  }
  void end() const {
    if (way_ == gate_way::torn) die();
  }

 private:
  bool counts_;
  gate_way way_ = gate_way::pass;
};

void put(const void* octets, std::size_t size) {
  while (size > 0) {
    const auto done = ::syscall(SYS_write, journal, octets, size);
    if (done <= 0) ::abort();
    octets = static_cast<const char*>(octets) + done;
    size -= static_cast<std::size_t>(done);
  }
}

void note(what kind, std::uint64_t file, std::uint64_t at, std::uint64_t size, const std::string& path,
          const void* octets) {
  if (journal < 0) return;
  const int before = errno;
  gate_record r;
  r.kind = kind;
  r.path_size = static_cast<std::uint32_t>(path.size());
  r.file = file;
  r.at = at;
  r.size = size;
  put(&r, sizeof r);
  put(path.data(), path.size());
  if (octets != nullptr) put(octets, size);
  errno = before;
}

std::string path_of(int fd) {
  char name[64];
  char path[PATH_MAX];
  ::snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
  const auto size = ::readlink(name, path, sizeof path);
  return size > 0 ? std::string(path, static_cast<std::size_t>(size)) : std::string();
}

std::string path_at(int folder, const char* name) {
  if (*name == '/') return name;
  if (folder != AT_FDCWD) return path_of(folder) + '/' + name;
  char here[PATH_MAX];
  return (::getcwd(here, sizeof here) != nullptr ? std::string(here) : std::string()) + '/' + name;
}

void note_name(what kind, const std::string& path, const std::string& to = {}) {
  note(kind, 0, 0, to.size(), path, to.data());
}

template <class Call>
ssize_t write_file(int fd, const void* octets, std::size_t size, Call call, off64_t at, const struct stat& status) {
  const turn mine(gate::change);
  if (mine.fails_with_octets()) return -1;
  const auto done = call(mine.share(size));
  if (done > 0) {
    note(what::write, status.st_ino, static_cast<std::uint64_t>(at), static_cast<std::uint64_t>(done), path_of(fd),
         octets);
  }
  mine.end();
  return done;
}

template <class Call>
ssize_t move_octets(unsigned kind, std::size_t size, Call call) {
  const turn mine(kind);
  if (mine.fails_with_octets()) return -1;
  const auto done = call(mine.share(size));
  mine.end();
  return done;
}

// Receiving and reading may wait: they are judged before, outside of the lock.
template <class Call>
ssize_t take_octets(unsigned kind, std::size_t size, Call call) {
  {
    const turn mine(kind);
    if (mine.fails_with_octets()) return -1;
    size = mine.share(size);
    mine.end();
  }
  return call(size);
}

template <class Call>
int change_name(Call call, what kind, const std::string& path, const std::string& to = {}) {
  const turn mine(gate::change);
  if (mine.fails()) return -1;
  const int done = call();
  if (done == 0) note_name(kind, path, to);
  return done;
}

template <class Call>
int change_size(int fd, what kind, off64_t at, off64_t size, Call call) {
  struct stat status {};
  if (look_at(fd, &status) != thing::file) return call();
  const turn mine(gate::change);
  if (mine.fails()) return -1;
  const int done = call();
  if (done == 0) {
    note(kind, status.st_ino, static_cast<std::uint64_t>(at), static_cast<std::uint64_t>(size), path_of(fd), nullptr);
  }
  return done;
}

template <class Call>
int sync_with(int fd, what kind, Call call) {
  struct stat status {};
  const auto is = look_at(fd, &status);
  if (is != thing::file && is != thing::folder) return call();
  const turn mine(gate::sync);
  if (mine.fails()) return -1;
  const int done = call();
  if (done == 0)
    note(is == thing::folder && kind == what::sync ? what::sync_folder : kind, status.st_ino, 0, 0, path_of(fd),
         nullptr);
  return done;
}

template <class Call>
int open_with(int folder, const char* name, int flags, Call call) {
  if (board == nullptr) return call();
  const bool creates = (flags & O_CREAT) != 0;
  struct stat before {};
  const bool there = ::fstatat(folder, name, &before, AT_SYMLINK_NOFOLLOW) == 0;
  // Libraries and devices are not what is under test.
  if (there && !S_ISREG(before.st_mode) && !S_ISDIR(before.st_mode)) return call();
  const turn mine(creates && !there ? gate::change : gate::open);
  if (mine.fails()) return -1;
  const int fd = call();
  struct stat status {};
  if (fd < 0 || look_at(fd, &status) != thing::file) return fd;
  if (creates && !there) note(what::create, status.st_ino, 0, 0, path_at(folder, name), nullptr);
  if (there && (flags & O_TRUNC) != 0) note(what::truncate, status.st_ino, 0, 0, path_at(folder, name), nullptr);
  return fd;
}

mode_t mode_of(int flags, va_list rest) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? static_cast<mode_t>(va_arg(rest, unsigned)) : 0;
}

}  // namespace

// The names of glibc. GCC would make them weak or give them exceptions otherwise.
extern "C" {

int open(const char* name, int flags, ...) {
  static const auto real = next<int (*)(const char*, int, ...)>("open");
  va_list rest;
  va_start(rest, flags);
  const auto mode = mode_of(flags, rest);
  va_end(rest);
  return open_with(AT_FDCWD, name, flags, [&] { return real(name, flags, mode); });
}
int open64(const char* name, int flags, ...) {
  static const auto real = next<int (*)(const char*, int, ...)>("open64");
  va_list rest;
  va_start(rest, flags);
  const auto mode = mode_of(flags, rest);
  va_end(rest);
  return open_with(AT_FDCWD, name, flags, [&] { return real(name, flags, mode); });
}
int openat(int folder, const char* name, int flags, ...) {
  static const auto real = next<int (*)(int, const char*, int, ...)>("openat");
  va_list rest;
  va_start(rest, flags);
  const auto mode = mode_of(flags, rest);
  va_end(rest);
  return open_with(folder, name, flags, [&] { return real(folder, name, flags, mode); });
}
int openat64(int folder, const char* name, int flags, ...) {
  static const auto real = next<int (*)(int, const char*, int, ...)>("openat64");
  va_list rest;
  va_start(rest, flags);
  const auto mode = mode_of(flags, rest);
  va_end(rest);
  return open_with(folder, name, flags, [&] { return real(folder, name, flags, mode); });
}
int mkostemp(char* pattern, int flags) {
  static const auto real = next<int (*)(char*, int)>("mkostemp");
  if (board == nullptr) return real(pattern, flags);
  const turn mine(gate::change);
  if (mine.fails()) return -1;
  const int fd = real(pattern, flags);
  struct stat status {};
  if (fd >= 0 && look_at(fd, &status) == thing::file)
    note(what::create, status.st_ino, 0, 0, path_at(AT_FDCWD, pattern), nullptr);
  return fd;
}

ssize_t write(int fd, const void* octets, size_t size) {
  static const auto real = next<ssize_t (*)(int, const void*, size_t)>("write");
  struct stat status {};
  const auto is = look_at(fd, &status);
  const auto call = [&](std::size_t share) { return real(fd, octets, share); };
  if (is == thing::socket) return move_octets(gate::send, size, call);
  if (is != thing::file) return real(fd, octets, size);
  const bool appends = (::fcntl(fd, F_GETFL) & O_APPEND) != 0;
  return write_file(fd, octets, size, call, appends ? status.st_size : ::lseek(fd, 0, SEEK_CUR), status);
}
ssize_t pwrite(int fd, const void* octets, size_t size, off_t at) {
  static const auto real = next<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  struct stat status {};
  if (look_at(fd, &status) != thing::file) return real(fd, octets, size, at);
  return write_file(
      fd, octets, size, [&](std::size_t share) { return real(fd, octets, share, at); }, at, status);
}
ssize_t pwrite64(int fd, const void* octets, size_t size, off64_t at) {
  static const auto real = next<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64");
  struct stat status {};
  if (look_at(fd, &status) != thing::file) return real(fd, octets, size, at);
  return write_file(
      fd, octets, size, [&](std::size_t share) { return real(fd, octets, share, at); }, at, status);
}
ssize_t send(int fd, const void* octets, size_t size, int flags) {
  static const auto real = next<ssize_t (*)(int, const void*, size_t, int)>("send");
  if (look_at(fd) != thing::socket) return real(fd, octets, size, flags);
  return move_octets(gate::send, size, [&](std::size_t share) { return real(fd, octets, share, flags); });
}
ssize_t sendmsg(int fd, const struct msghdr* what, int flags) {
  static const auto real = next<ssize_t (*)(int, const struct msghdr*, int)>("sendmsg");
  if (look_at(fd) != thing::socket || what->msg_iovlen == 0) return real(fd, what, flags);
  const auto first = what->msg_iov[0].iov_len;
  return move_octets(gate::send, first, [&](std::size_t share) {
    if (share == first) return real(fd, what, flags);
    struct iovec half = {what->msg_iov[0].iov_base, share};
    struct msghdr less = *what;
    less.msg_iov = &half;
    less.msg_iovlen = 1;
    return real(fd, &less, flags);
  });
}

ssize_t read(int fd, void* into, size_t size) {
  static const auto real = next<ssize_t (*)(int, void*, size_t)>("read");
  const auto is = look_at(fd);
  if (is != thing::file && is != thing::socket) return real(fd, into, size);
  return take_octets(is == thing::file ? gate::read : gate::receive, size,
                     [&](std::size_t share) { return real(fd, into, share); });
}
ssize_t pread(int fd, void* into, size_t size, off_t at) {
  static const auto real = next<ssize_t (*)(int, void*, size_t, off_t)>("pread");
  if (look_at(fd) != thing::file) return real(fd, into, size, at);
  return take_octets(gate::read, size, [&](std::size_t share) { return real(fd, into, share, at); });
}
ssize_t pread64(int fd, void* into, size_t size, off64_t at) {
  static const auto real = next<ssize_t (*)(int, void*, size_t, off64_t)>("pread64");
  if (look_at(fd) != thing::file) return real(fd, into, size, at);
  return take_octets(gate::read, size, [&](std::size_t share) { return real(fd, into, share, at); });
}
ssize_t recv(int fd, void* into, size_t size, int flags) {
  static const auto real = next<ssize_t (*)(int, void*, size_t, int)>("recv");
  if (look_at(fd) != thing::socket) return real(fd, into, size, flags);
  return take_octets(gate::receive, size, [&](std::size_t share) { return real(fd, into, share, flags); });
}
ssize_t recvmsg(int fd, struct msghdr* what, int flags) {
  static const auto real = next<ssize_t (*)(int, struct msghdr*, int)>("recvmsg");
  if (look_at(fd) != thing::socket || what->msg_iovlen != 1) return real(fd, what, flags);
  const auto whole = what->msg_iov[0].iov_len;
  return take_octets(gate::receive, whole, [&](std::size_t share) {
    what->msg_iov[0].iov_len = share;
    const auto got = real(fd, what, flags);
    what->msg_iov[0].iov_len = whole;
    return got;
  });
}

int fsync(int fd) {
  static const auto real = next<int (*)(int)>("fsync");
  return sync_with(fd, what::sync, [&] { return real(fd); });
}
int fdatasync(int fd) {
  static const auto real = next<int (*)(int)>("fdatasync");
  return sync_with(fd, what::sync, [&] { return real(fd); });
}
int syncfs(int fd) noexcept {
  static const auto real = next<int (*)(int)>("syncfs");
  return sync_with(fd, what::sync_all, [&] { return real(fd); });
}

int ftruncate(int fd, off_t size) noexcept {
  static const auto real = next<int (*)(int, off_t)>("ftruncate");
  return change_size(fd, what::truncate, size, 0, [&] { return real(fd, size); });
}
int ftruncate64(int fd, off64_t size) noexcept {
  static const auto real = next<int (*)(int, off64_t)>("ftruncate64");
  return change_size(fd, what::truncate, size, 0, [&] { return real(fd, size); });
}
int fallocate(int fd, int mode, off_t at, off_t size) {
  static const auto real = next<int (*)(int, int, off_t, off_t)>("fallocate");
  if ((mode & FALLOC_FL_PUNCH_HOLE) == 0) return real(fd, mode, at, size);
  return change_size(fd, what::punch, at, size, [&] { return real(fd, mode, at, size); });
}

int rename(const char* from, const char* to) noexcept {
  static const auto real = next<int (*)(const char*, const char*)>("rename");
  return change_name([&] { return real(from, to); }, what::rename, path_at(AT_FDCWD, from), path_at(AT_FDCWD, to));
}
int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  static const auto real = next<int (*)(int, const char*, int, const char*)>("renameat");
  return change_name([&] { return real(from_folder, from, to_folder, to); }, what::rename, path_at(from_folder, from),
                     path_at(to_folder, to));
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
  static const auto real = next<int (*)(int, const char*, int, const char*, unsigned)>("renameat2");
  return change_name([&] { return real(from_folder, from, to_folder, to, flags); }, what::rename,
                     path_at(from_folder, from), path_at(to_folder, to));
}
int link(const char* from, const char* to) noexcept {
  static const auto real = next<int (*)(const char*, const char*)>("link");
  return change_name([&] { return real(from, to); }, what::link, path_at(AT_FDCWD, from), path_at(AT_FDCWD, to));
}
int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) noexcept {
  static const auto real = next<int (*)(int, const char*, int, const char*, int)>("linkat");
  return change_name([&] { return real(from_folder, from, to_folder, to, flags); }, what::link,
                     path_at(from_folder, from), path_at(to_folder, to));
}
int unlink(const char* name) noexcept {
  static const auto real = next<int (*)(const char*)>("unlink");
  return change_name([&] { return real(name); }, what::unlink, path_at(AT_FDCWD, name));
}
int unlinkat(int folder, const char* name, int flags) noexcept {
  static const auto real = next<int (*)(int, const char*, int)>("unlinkat");
  return change_name([&] { return real(folder, name, flags); }, what::unlink, path_at(folder, name));
}
int remove(const char* name) noexcept {
  static const auto real = next<int (*)(const char*)>("remove");
  return change_name([&] { return real(name); }, what::unlink, path_at(AT_FDCWD, name));
}
int mkdir(const char* name, mode_t mode) noexcept {
  static const auto real = next<int (*)(const char*, mode_t)>("mkdir");
  return change_name([&] { return real(name, mode); }, what::make_folder, path_at(AT_FDCWD, name));
}
int mkdirat(int folder, const char* name, mode_t mode) noexcept {
  static const auto real = next<int (*)(int, const char*, mode_t)>("mkdirat");
  return change_name([&] { return real(folder, name, mode); }, what::make_folder, path_at(folder, name));
}

}  // extern "C"
