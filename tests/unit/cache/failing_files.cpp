#include "failing_files.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

namespace cache_test {

using outmap::cache::file_calls;

void failing_files::fail_after(call which, std::uint64_t calls, int code) {
  armed_ = {which, calls, code};
  struck_ = false;
}

void failing_files::fail_short(std::uint64_t calls, int code) {
  armed_ = {call::write, calls, code, true};
  struck_ = false;
}

bool failing_files::fails(call which) {
  if (!armed_) return false;
  if (!struck_) {
    if (armed_->which != which) return false;
    if (armed_->left > 0) {
      --armed_->left;
      return false;
    }
    struck_ = true;
  }
  errno = armed_->code;
  return true;
}

int failing_files::open(int folder, const char* name, int flags, mode_t mode) {
  if ((flags & O_CREAT) != 0 && fails(call::create)) return -1;
  return file_calls::open(folder, name, flags, mode);
}

ssize_t failing_files::write(int file, const void* octets, std::size_t size, off_t at) {
  const bool first = !struck_;
  if (!fails(call::write)) return file_calls::write(file, octets, size, at);
  if (first && armed_->short_first && size > 1) return file_calls::write(file, octets, size / 2, at);
  errno = armed_->code;
  return -1;
}

int failing_files::sync(int) { return fails(call::sync) ? -1 : 0; }

int failing_files::sync_folder(int) { return fails(call::sync) ? -1 : 0; }

ssize_t forgetful_files::write(int file, const void* octets, std::size_t size, off_t at) {
  pending_.push_back({file, at, std::string(static_cast<const char*>(octets), size)});
  return static_cast<ssize_t>(size);
}

int forgetful_files::sync(int file) {
  for (const auto& p : pending_) {
    if (p.file != file) continue;
    if (file_calls::write(file, p.octets.data(), p.octets.size(), p.at) != static_cast<ssize_t>(p.octets.size())) {
      return -1;
    }
  }
  std::erase_if(pending_, [&](const pending& p) { return p.file == file; });
  return 0;
}

int forgetful_files::truncate(int file, off_t size) {
  std::erase_if(pending_, [&](const pending& p) { return p.file == file && p.at >= size; });
  return file_calls::truncate(file, size);
}

std::size_t forgetful_files::unsynced() const {
  std::size_t out = 0;
  for (const auto& p : pending_) out += p.octets.size();
  return out;
}

}  // namespace cache_test
