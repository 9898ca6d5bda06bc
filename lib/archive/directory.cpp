#include "archive/directory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace outmap::archive {
namespace fs = std::filesystem;

namespace {

struct close_stream {
  void operator()(DIR* d) const noexcept { closedir(d); }
};

constexpr int directory_flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

bool is_symbolic_link(int at, const char* name) {
  struct stat found {};
  return fstatat(at, name, &found, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(found.st_mode);
}

// As renameat(2), but never over a name that is taken (EEXIST). 0 or an errno.
int rename_to_free(int from_directory, const char* from, int to_directory, const char* to) {
#ifdef RENAME_NOREPLACE
  if (renameat2(from_directory, from, to_directory, to, RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
#endif
  // A file system without it: a hard link takes no name that is taken either.
  if (linkat(from_directory, from, to_directory, to, 0) == 0) {
    return unlinkat(from_directory, from, 0) == 0 ? 0 : errno;
  }
  if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS && errno != EMLINK) return errno;
  // And one without hard links: looking first is all that is left. Another export is kept out by the lock.
  struct stat found {};
  if (fstatat(to_directory, to, &found, AT_SYMLINK_NOFOLLOW) == 0) return EEXIST;
  if (errno != ENOENT) return errno;
  return renameat(from_directory, from, to_directory, to) == 0 ? 0 : errno;
}

}  // namespace

error system_error(int number, const fs::path& where, std::string_view what) {
  const bool full = number == ENOSPC || number == EDQUOT || number == EFBIG;
  return error(full ? errc::disk_full : errc::file_error,
               where.string() + ": " + std::string(what) + ": " + std::generic_category().message(number));
}

descriptor::~descriptor() {
  if (number_ >= 0) ::close(number_);
}

result<void> descriptor::close(const fs::path& where) {
  const int number = std::exchange(number_, -1);
  if (number < 0 || ::close(number) == 0 || errno == EINTR) return {};
  return tl::unexpected(system_error(errno, where, "a message cannot be written"));
}

result<directory> directory::open_or_make(const fs::path& where) {
  if (where.empty()) return fail(errc::invalid_argument, "no folder to export to was given");
  // "a/b/" and "a/b" are the same folder.
  const auto path = where.has_filename() ? where : where.parent_path();
  std::error_code failed;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), failed);
  if (failed) return tl::unexpected(system_error(failed.value(), path.parent_path(), "cannot be made"));
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return tl::unexpected(system_error(errno, path, "cannot be made"));
  }
  descriptor handle(::open(path.c_str(), directory_flags));
  if (handle.number() >= 0) return directory(std::move(handle), path);
  if (errno == ENOTDIR) return fail(errc::file_error, path.string() + ": is a file, not a folder");
  return tl::unexpected(system_error(errno, path, "cannot be opened"));
}

result<directory> directory::enter(const std::string& name) const {
  const auto path = path_ / name;
  const int at = handle_.number();
  const bool made = mkdirat(at, name.c_str(), 0700) == 0;
  if (!made && errno != EEXIST) return tl::unexpected(system_error(errno, path, "cannot be made"));
  if (made) {
    if (auto kept = sync(); !kept) return tl::unexpected(std::move(kept.error()));
  }
  descriptor handle(openat(at, name.c_str(), directory_flags | O_NOFOLLOW));
  if (handle.number() >= 0) return directory(std::move(handle), path);
  const int number = errno;
  if (is_symbolic_link(at, name.c_str())) {
    return fail(errc::file_error, path.string() + ": is a symbolic link, which an export does not follow");
  }
  if (number == ENOTDIR) return fail(errc::file_error, path.string() + ": is a file, not a folder");
  return tl::unexpected(system_error(number, path, "cannot be opened"));
}

result<void> directory::for_each_entry(const std::function<void(const std::string&, bool)>& take) const {
  // A descriptor of its own: the stream moves the position and closes it.
  const int own = openat(handle_.number(), ".", directory_flags);
  if (own < 0) return tl::unexpected(system_error(errno, path_, "cannot be read"));
  const std::unique_ptr<DIR, close_stream> stream(fdopendir(own));
  if (!stream) {
    const int number = errno;
    ::close(own);
    return tl::unexpected(system_error(number, path_, "cannot be read"));
  }
  for (;;) {
    errno = 0;
    const dirent* entry = readdir(stream.get());
    if (entry == nullptr) break;
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    bool regular = entry->d_type == DT_REG;
    if (entry->d_type == DT_UNKNOWN) {
      struct stat found {};
      regular = fstatat(own, entry->d_name, &found, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(found.st_mode);
    }
    take(name, regular);
  }
  if (errno != 0) return tl::unexpected(system_error(errno, path_, "cannot be read"));
  return {};
}

result<descriptor> directory::create(const std::string& name) const {
  descriptor handle(openat(handle_.number(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (handle.number() < 0) return tl::unexpected(system_error(errno, path_ / name, "cannot be made"));
  return handle;
}

result<bool> directory::move(const std::string& from, const directory& target, const std::string& to) const {
  const int number = rename_to_free(handle_.number(), from.c_str(), target.handle_.number(), to.c_str());
  if (number == EEXIST) return false;
  if (number != 0) return tl::unexpected(system_error(number, target.path_ / to, "cannot be given its name"));
  return true;
}

void directory::remove(const std::string& name) const noexcept { unlinkat(handle_.number(), name.c_str(), 0); }

std::int64_t directory::changed_at(const std::string& name) const {
  struct stat found {};
  if (fstatat(handle_.number(), name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) return 0;
  return static_cast<std::int64_t>(found.st_ctime);
}

result<void> directory::sync() const {
  // EINVAL: a file system that has nothing to do here.
  if (fsync(handle_.number()) == 0 || errno == EINVAL) return {};
  return tl::unexpected(system_error(errno, path_, "cannot be synced"));
}

bool directory::sync_file_system() const noexcept {
#ifdef __linux__
  return syncfs(handle_.number()) == 0;
#else
  return false;
#endif
}

directory::lock_outcome directory::lock() const {
  if (flock(handle_.number(), LOCK_EX | LOCK_NB) == 0) return lock_outcome::taken;
  return errno == EWOULDBLOCK ? lock_outcome::held_by_another : lock_outcome::unsupported;
}

}  // namespace outmap::archive
