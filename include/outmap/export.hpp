// Out of the cache and into files.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "outmap/account.hpp"
#include "outmap/error.hpp"
#include "outmap/visibility.hpp"

namespace outmap OUTMAP_PUBLIC {

/// eml: a file a message. maildir: with flags. mbox: a file a mailbox, mboxrd, with flags in Status and X-Status; line
/// ends become LF, and flags are those of the day when a message was written.
enum class export_format { eml, maildir, mbox };

/// How mailboxes lie below the target: a folder for each level of their names, or as Maildir++ has it, INBOX at the
/// target itself and the others in `.Level.Level` beside each other (Maildir alone).
enum class folder_layout { levels, maildirpp };

struct export_options {
  export_format format = export_format::maildir;
  std::filesystem::path to;  ///< made if it is not there
  sync_options folders;      ///< which
  folder_layout layout = folder_layout::levels;
  bool dry_run = false;  ///< writes nothing, and counts what it would
};

struct export_report {
  std::uint64_t folders = 0;
  std::uint64_t written = 0;        ///< message files
  std::uint64_t unchanged = 0;      ///< were there already
  std::uint64_t flags_renamed = 0;  ///< Maildir: the file's flags were brought up to date
  std::uint64_t without_body = 0;   ///< in the cache as a header only
  std::uint64_t octets = 0;         ///< written; not known of a dry run
  double seconds = 0;
  std::vector<error> failures;  ///< messages or folders that could not be written; the rest was
};

/// Writes every message of the cache that is not in the folder yet; a second run writes only what is new. Files appear
/// under their names only when complete (written aside, then renamed). Nothing is ever deleted or overwritten. Folder
/// names are made safe for any file system and differ if the mailboxes differ. Blocking; `stop` may be set from any
/// thread, `step` is called after each message. The error is for an export that could not begin, or cancelled or
/// disk_full on the way.
result<export_report> export_mail(const std::filesystem::path& cache, const export_options& options,
                                  const std::atomic<bool>& stop,
                                  const std::function<void(const export_report&)>& step = {});

}  // namespace OUTMAP_PUBLIC
