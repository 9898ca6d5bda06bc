// Segment files on a disk with a fault that a test can place, or one that loses its cache.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cache/file_calls.hpp"

namespace cache_test {

/// Passes everything on until the call with the number it was armed for. From then on every write, sync and new file
/// fails with the given errno until heal(). A sync that succeeds does nothing: no test cuts the power.
class failing_files final : public outmap::cache::file_calls {
 public:
  enum class call { write, sync, create };

  void fail_after(call which, std::uint64_t calls, int code);
  /// The write that fails takes some of its octets first.
  void fail_short(std::uint64_t calls, int code);
  void heal() { armed_.reset(); }
  [[nodiscard]] bool struck() const { return struck_; }

  int open(int folder, const char* name, int flags, mode_t mode) override;
  ssize_t write(int file, const void* octets, std::size_t size, off_t at) override;
  int sync(int file) override;
  int sync_folder(int folder) override;

 private:
  struct fault {
    call which;
    std::uint64_t left;
    int code;
    bool short_first = false;
  };
  /// Whether this call must fail; errno is set then.
  bool fails(call which);

  std::optional<fault> armed_;
  bool struck_ = false;
};

/// What was written and not synced is not in the file: the files are at any moment as after a loss of power.
class forgetful_files final : public outmap::cache::file_calls {
 public:
  ssize_t write(int file, const void* octets, std::size_t size, off_t at) override;
  int sync(int file) override;
  int truncate(int file, off_t size) override;

  /// Octets that a loss of power would take.
  [[nodiscard]] std::size_t unsynced() const;

 private:
  struct pending {
    int file;
    off_t at;
    std::string octets;
  };
  std::vector<pending> pending_;
};

}  // namespace cache_test
