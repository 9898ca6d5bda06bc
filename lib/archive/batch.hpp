// Message files on their way to their names.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/directory.hpp"
#include "archive/message_name.hpp"
#include "outmap/error.hpp"
#include "outmap/export.hpp"

namespace outmap::archive {

/// Whether a file of this name is one that a batch left behind when its process was killed.
bool is_temporary_name(std::string_view name);

/// Under which name a message is to appear.
struct file_label {
  std::optional<internal_date> date;  ///< also the time of modification
  content_key key{};
  std::uint32_t copy = 0;  ///< or the next higher number whose name is free
  flag_set flags;          ///< Maildir
};

/// Writes files under temporary names and moves a group of them to their own names after their octets were synced: no
/// message file is ever seen incomplete, also not after a power failure. A group is synced with its file system
/// (syncfs(2)): file by file the disk would empty its cache once for each message, which on a busy disk took up to
/// twenty times as long. What was not published when this object goes is removed.
class batch {
 public:
  static constexpr std::size_t group_files = 128;  ///< they are held open
  static constexpr std::uint64_t group_octets = std::uint64_t{64} << 20;

  /// The directories must be of one file system and outlive this object.
  batch(export_format format, const directory& temporary, const directory& target)
      : format_(format), temporary_(&temporary), target_(&target) {}
  ~batch();
  batch(const batch&) = delete;
  batch& operator=(const batch&) = delete;

  /// One file at a time: begin, append in pieces, then finish or drop.
  result<void> begin();
  result<void> append(std::string_view octets);
  void finish(file_label label);
  void drop() noexcept;

  [[nodiscard]] bool full() const { return files_.size() >= group_files || octets_ >= group_octets; }
  /// Calls published(octets) for each file that has its name now. What fails stays unpublished and is removed.
  result<void> publish(const std::function<void(std::uint64_t)>& published);

 private:
  struct staged {
    descriptor handle;
    std::string name;
    std::uint64_t octets = 0;
    file_label label;
  };

  result<void> sync(std::vector<staged>& files) const;
  result<void> give_name(staged& file) const;

  export_format format_;
  const directory* temporary_;
  const directory* target_;
  std::optional<staged> open_;
  std::vector<staged> files_;
  std::uint64_t octets_ = 0;
};

}  // namespace outmap::archive
