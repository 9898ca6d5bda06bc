// Files: what changes the client's folder is carried out, told to the disk of the machine, and takes its time there. All
// else goes on to the C library.
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstring>
#include <map>
#include <string>

#include "simulation/descriptor_calls.hpp"
#include "simulation/device.hpp"
#include "simulation/disk.hpp"
#include "simulation/machine.hpp"
#include "simulation/real_call.hpp"

namespace outmap::simulation {
namespace {

using what = disk::what;

struct open_file {
  std::string path;
  std::uint64_t number = 0;
  bool folder = false;
};

// Open files and folders of the client's folder.
std::map<int, open_file>& open_files() {
  static std::map<int, open_file> all;
  return all;
}

const open_file* find(int fd) {
  if (disk::running() == nullptr) return nullptr;
  const auto found = open_files().find(fd);
  if (found == open_files().end()) return nullptr;
  // The C library closes some by itself (closedir), and then the number is another's.
  struct stat status {};
  const int before = errno;
  const bool same = ::fstat(fd, &status) == 0 && status.st_ino == found->second.number;
  errno = before;
  if (same) return &found->second;
  open_files().erase(found);
  return nullptr;
}

/// Whether the disk takes the change; else errno says why not.
bool takes(what kind) {
  const int problem = disk::running()->begin(kind);
  if (problem != 0) errno = problem;
  return problem == 0;
}

std::string path_at(int folder, const char* name) {
  if (*name == '/' || disk::running() == nullptr) return name;
  const auto* const from = folder == AT_FDCWD ? nullptr : find(folder);
  return from == nullptr ? std::string() : from->path + '/' + name;
}

bool is_ours(const std::string& path) {
  const auto* const here = disk::running();
  return here != nullptr && here->inside(path + '/').has_value();
}

template <class Call>
int open_with(int folder, const char* name, int flags, Call call) {
  const auto path = path_at(folder, name);
  if (!is_ours(path)) return call();
  struct stat before {};
  const bool there = ::fstatat(folder, name, &before, AT_SYMLINK_NOFOLLOW) == 0;
  const bool creates = (flags & O_CREAT) != 0 && !there;
  const bool empties = there && S_ISREG(before.st_mode) && (flags & O_TRUNC) != 0;
  if ((creates || empties) && !takes(what::create)) return -1;
  const int fd = call();
  struct stat status {};
  if (fd < 0 || ::fstat(fd, &status) != 0) return fd;
  open_files()[fd] = {path, status.st_ino, S_ISDIR(status.st_mode)};
  if (creates) disk::running()->done(what::create, path, status.st_ino, 0, 0);
  if (empties) disk::running()->done(what::truncate, path, status.st_ino, 0, 0);
  return fd;
}

template <class Call>
ssize_t write_with(const open_file& to, const void* octets, size_t size, off64_t at, Call call) {
  // It may be closed while the disk takes its time.
  const open_file file = to;
  if (!takes(what::write)) return -1;
  const auto done = call(disk::running()->writable(size));
  if (done > 0) {
    const auto written = static_cast<std::size_t>(done);
    disk::running()->done(what::write, file.path, file.number, static_cast<std::uint64_t>(at), written,
                          {static_cast<const char*>(octets), written});
  }
  return done;
}

template <class Call>
int change_with(const open_file& to, what kind, off64_t at, off64_t size, Call call) {
  const open_file file = to;
  if (!takes(kind)) return -1;
  const int done = call();
  if (done == 0)
    disk::running()->done(kind, file.path, file.number, static_cast<std::uint64_t>(at),
                          static_cast<std::uint64_t>(size));
  return done;
}

template <class Call>
int sync_with(int fd, Call call) {
  const auto* const file = find(fd);
  // A folder in memory need not be synced: the model is what counts.
  return file == nullptr ? call()
                         : change_with(*file, file->folder ? what::sync_folder : what::sync, 0, 0, [] { return 0; });
}

template <class Call>
int name_with(what kind, const std::string& path, const std::string& to, Call call) {
  if (!is_ours(path)) return call();
  if (!takes(kind)) return -1;
  const int done = call();
  if (done == 0) disk::running()->done(kind, path, 0, 0, to.size(), to);
  return done;
}

mode_t mode_of(int flags, va_list rest) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? static_cast<mode_t>(va_arg(rest, unsigned)) : 0;
}

int open_really(int folder, const char* name, int flags, mode_t mode) {
  return static_cast<int>(::syscall(SYS_openat, folder, name, flags, mode));
}

int control(device& what, int command, long argument) {
  if (command == F_GETFL) return O_RDWR | (what.waits ? 0 : O_NONBLOCK);
  if (command == F_SETFL) what.waits = (argument & O_NONBLOCK) == 0;
  return 0;
}

}  // namespace
}  // namespace outmap::simulation

using namespace outmap::simulation;

extern "C" {

int open(const char* name, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const auto mode = mode_of(flags, rest);
  va_end(rest);
  return open_with(AT_FDCWD, name, flags, [&] { return open_really(AT_FDCWD, name, flags, mode); });
}
int open64(const char* name, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const auto mode = mode_of(flags, rest);
  va_end(rest);
  return open_with(AT_FDCWD, name, flags, [&] { return open_really(AT_FDCWD, name, flags, mode); });
}
int openat(int folder, const char* name, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const auto mode = mode_of(flags, rest);
  va_end(rest);
  return open_with(folder, name, flags, [&] { return open_really(folder, name, flags, mode); });
}
int openat64(int folder, const char* name, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const auto mode = mode_of(flags, rest);
  va_end(rest);
  return open_with(folder, name, flags, [&] { return open_really(folder, name, flags, mode); });
}

// The machine's chance makes the name.
int mkostemp(char* pattern, int flags) {
  auto* const here = machine::running();
  if (here == nullptr) {
    static const auto real = real_call<int (*)(char*, int)>("mkostemp");
    return real(pattern, flags);
  }
  constexpr std::size_t drawn = 6;
  char* const at = pattern + std::strlen(pattern) - drawn;
  for (;;) {
    for (std::size_t i = 0; i < drawn; ++i) at[i] = static_cast<char>('a' + here->below(26));
    const int fd = ::open(pattern, flags | O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd >= 0 || errno != EEXIST) return fd;
  }
}

int close(int fd) {
  if (descriptors::all().close(fd)) return 0;
  open_files().erase(fd);
  return static_cast<int>(::syscall(SYS_close, fd));
}

ssize_t read(int fd, void* into, size_t size) {
  if (const auto from = descriptors::all().find(fd)) return read_device(*from, into, size);
  return ::syscall(SYS_read, fd, into, size);
}
ssize_t write(int fd, const void* octets, size_t size) {
  if (const auto to = descriptors::all().find(fd)) return write_device(*to, octets, size);
  const auto call = [&](size_t now) { return static_cast<ssize_t>(::syscall(SYS_write, fd, octets, now)); };
  const auto* const file = find(fd);
  return file == nullptr ? call(size) : write_with(*file, octets, size, ::lseek(fd, 0, SEEK_CUR), call);
}
ssize_t pwrite(int fd, const void* octets, size_t size, off_t at) {
  const auto call = [&](size_t now) { return static_cast<ssize_t>(::syscall(SYS_pwrite64, fd, octets, now, at)); };
  const auto* const file = find(fd);
  return file == nullptr ? call(size) : write_with(*file, octets, size, at, call);
}
ssize_t pwrite64(int fd, const void* octets, size_t size, off64_t at) { return ::pwrite(fd, octets, size, at); }

int fsync(int fd) {
  return sync_with(fd, [&] { return static_cast<int>(::syscall(SYS_fsync, fd)); });
}
int fdatasync(int fd) {
  return sync_with(fd, [&] { return static_cast<int>(::syscall(SYS_fdatasync, fd)); });
}
int ftruncate(int fd, off_t size) noexcept {
  const auto call = [&] { return static_cast<int>(::syscall(SYS_ftruncate, fd, size)); };
  const auto* const file = find(fd);
  return file == nullptr ? call() : change_with(*file, what::truncate, size, 0, call);
}
int ftruncate64(int fd, off64_t size) noexcept { return ::ftruncate(fd, size); }
int fallocate(int fd, int mode, off_t at, off_t size) {
  const auto call = [&] { return static_cast<int>(::syscall(SYS_fallocate, fd, mode, at, size)); };
  const auto* const file = find(fd);
  if (file == nullptr || (mode & FALLOC_FL_PUNCH_HOLE) == 0) return call();
  return change_with(*file, what::punch, at, size, call);
}

int rename(const char* from, const char* to) noexcept {
  return name_with(what::rename, path_at(AT_FDCWD, from), path_at(AT_FDCWD, to),
                   [&] { return static_cast<int>(::syscall(SYS_rename, from, to)); });
}
int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  return name_with(what::rename, path_at(from_folder, from), path_at(to_folder, to),
                   [&] { return static_cast<int>(::syscall(SYS_renameat2, from_folder, from, to_folder, to, 0)); });
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
  return name_with(what::rename, path_at(from_folder, from), path_at(to_folder, to),
                   [&] { return static_cast<int>(::syscall(SYS_renameat2, from_folder, from, to_folder, to, flags)); });
}
int link(const char* from, const char* to) noexcept {
  return name_with(what::link, path_at(AT_FDCWD, from), path_at(AT_FDCWD, to),
                   [&] { return static_cast<int>(::syscall(SYS_link, from, to)); });
}
int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) noexcept {
  return name_with(what::link, path_at(from_folder, from), path_at(to_folder, to),
                   [&] { return static_cast<int>(::syscall(SYS_linkat, from_folder, from, to_folder, to, flags)); });
}
int unlink(const char* name) noexcept {
  return name_with(what::unlink, path_at(AT_FDCWD, name), {},
                   [&] { return static_cast<int>(::syscall(SYS_unlink, name)); });
}
int unlinkat(int folder, const char* name, int flags) noexcept {
  return name_with(what::unlink, path_at(folder, name), {},
                   [&] { return static_cast<int>(::syscall(SYS_unlinkat, folder, name, flags)); });
}
int mkdir(const char* name, mode_t mode) noexcept {
  return name_with(what::make_folder, path_at(AT_FDCWD, name), {},
                   [&] { return static_cast<int>(::syscall(SYS_mkdir, name, mode)); });
}
int mkdirat(int folder, const char* name, mode_t mode) noexcept {
  return name_with(what::make_folder, path_at(folder, name), {},
                   [&] { return static_cast<int>(::syscall(SYS_mkdirat, folder, name, mode)); });
}

int fcntl(int fd, int command, ...) {
  va_list rest;
  va_start(rest, command);
  const long argument = va_arg(rest, long);
  va_end(rest);
  if (const auto which = descriptors::all().find(fd)) return control(*which, command, argument);
  return static_cast<int>(::syscall(SYS_fcntl, fd, command, argument));
}
int fcntl64(int fd, int command, ...) {
  va_list rest;
  va_start(rest, command);
  const long argument = va_arg(rest, long);
  va_end(rest);
  return ::fcntl(fd, command, argument);
}
int ioctl(int fd, unsigned long request, ...) noexcept {
  va_list rest;
  va_start(rest, request);
  void* const argument = va_arg(rest, void*);
  va_end(rest);
  if (const auto which = descriptors::all().find(fd)) {
    if (request == FIONBIO) which->waits = *static_cast<const int*>(argument) == 0;
    return 0;
  }
  return static_cast<int>(::syscall(SYS_ioctl, fd, request, argument));
}

}  // extern "C"
