// Copies the messages of a cache into files.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string_view>

#include "cache/reader.hpp"
#include "outmap/error.hpp"
#include "outmap/export.hpp"

namespace outmap::archive {

struct export_order {
  export_format format = export_format::maildir;
  std::filesystem::path to;
  std::function<bool(std::string_view)> wants;  ///< a folder, by its decoded name
  folder_layout layout = folder_layout::levels;
  bool dry_run = false;
};

/// As outmap::export_mail(). Layout below `to`: a folder for each level of the mailbox name (folder_paths()); in it
/// message files (eml) or cur, new and tmp with the messages in cur (Maildir). A mailbox that cannot be selected and
/// holds no mail gets a folder only if others lie below it; one that is gone from the server is exported like any
/// other. Two exports into one folder at a time are refused (errc::file_error) where the file system has locks. A
/// message whose body is damaged is reported and not written; an error of the file system ends the folder, not the
/// run, but for disk_full. Memory does not depend on the size of messages.
result<export_report> export_folders(cache::reader& from, const export_order& order, const std::atomic<bool>& stop,
                                     const std::function<void(const export_report&)>& step);

}  // namespace outmap::archive
