// A folder on disk that is held open, so that nobody can put another one in its place.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "outmap/error.hpp"

namespace outmap::archive {

/// An errno as an error: disk_full for ENOSPC, EDQUOT and EFBIG, else file_error. The detail is "`where`: `what`:
/// system text".
error system_error(int number, const std::filesystem::path& where, std::string_view what);

/// A file descriptor that is closed when it goes.
class descriptor {
 public:
  descriptor() = default;
  explicit descriptor(int number) : number_(number) {}
  descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~descriptor();

  [[nodiscard]] int number() const { return number_; }
  /// Says what a network file system has to say only now; `where` is for the error.
  result<void> close(const std::filesystem::path& where);

 private:
  int number_ = -1;
};

/// Names are one component. Below the first directory no symbolic link is ever followed. New directories get mode
/// 0700 and new files 0600: mail is private.
class directory {
 public:
  /// Makes it, with its parents, if it is missing. The path is the user's own and may lead through symbolic links.
  static result<directory> open_or_make(const std::filesystem::path& where);

  /// The directory `name` in this one, made if it is missing. A symbolic link or a file in its place: file_error.
  result<directory> enter(const std::string& name) const;

  /// Calls take(name, is_regular_file) with each entry but "." and "..".
  result<void> for_each_entry(const std::function<void(const std::string&, bool)>& take) const;

  /// A new file, open for writing. errc::file_error if the name is taken.
  result<descriptor> create(const std::string& name) const;
  /// Gives the file `from` of this directory the name `to` in `target`. False, and nothing done, if that name is taken.
  result<bool> move(const std::string& from, const directory& target, const std::string& to) const;
  void remove(const std::string& name) const noexcept;
  /// When the inode of `name` last changed, Unix seconds; 0 if that cannot be said.
  [[nodiscard]] std::int64_t changed_at(const std::string& name) const;

  /// Names made and moved here are kept at power loss once this returns.
  result<void> sync() const;

  /// Everything written so far to the file system that this directory is on is kept at power loss. False if this system
  /// cannot do that, or something somewhere could not be written: then only each file by itself can be asked.
  [[nodiscard]] bool sync_file_system() const noexcept;

  enum class lock_outcome { taken, held_by_another, unsupported };
  /// flock(2) on the directory itself, until this object goes.
  [[nodiscard]] lock_outcome lock() const;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  directory(descriptor handle, std::filesystem::path path) : handle_(std::move(handle)), path_(std::move(path)) {}

  descriptor handle_;
  std::filesystem::path path_;
};

}  // namespace outmap::archive
