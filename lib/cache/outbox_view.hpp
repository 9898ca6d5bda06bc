// What waits in an outbox, for who looks again and again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cache/outbox.hpp"
#include "outmap/error.hpp"
#include "outmap/queued_change.hpp"

namespace outmap::cache {

/// Belongs to one thread at a time. While there is no outbox a look costs one question to the file system; while it has
/// not changed, one to SQLite more. An outbox that was put away or put back is noticed.
class outbox_view {
 public:
  outbox_view(std::filesystem::path cache_file, std::string account)
      : cache_file_(std::move(cache_file)), account_(std::move(account)) {}

  /// The changes as they are now, in order; never null. The same object as long as nothing has changed. Errors: those of
  /// outbox::open_existing() and outbox::list().
  result<std::shared_ptr<const std::vector<queued_change>>> changes();
  /// outbox::message() of what changes() found.
  result<void> message(change_id id, const std::function<bool(std::string_view)>& take);

 private:
  struct file_identity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    friend bool operator==(const file_identity&, const file_identity&) = default;
  };

  void forget();

  std::filesystem::path cache_file_;
  std::string account_;
  file_identity opened_;
  std::unique_ptr<outbox> box_;
  std::uint64_t version_ = 0;
  std::shared_ptr<const std::vector<queued_change>> changes_ = std::make_shared<std::vector<queued_change>>();
};

}  // namespace outmap::cache
