// Files of other programs into a cache, from which they can be restored.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "outmap/error.hpp"
#include "outmap/export.hpp"
#include "outmap/visibility.hpp"

namespace outmap OUTMAP_PUBLIC {

struct import_options {
  export_format format = export_format::maildir;
  /// eml: a folder with *.eml below it. maildir: a Maildir, a Maildir++ or folders of Maildirs. mbox: a file, or a
  /// folder with *.mbox below it.
  std::filesystem::path from;
  std::string into;  ///< UTF-8: the mailbox above all that is imported; empty: none
  bool dry_run = false;
};

struct import_report {
  static constexpr std::size_t most_failures = 1000;

  std::uint64_t folders = 0;
  std::uint64_t imported = 0;  ///< dry run: would be
  std::uint64_t there = 0;     ///< were in the cache already
  std::uint64_t octets = 0;    ///< imported
  std::uint64_t failed = 0;
  std::vector<error> failures;  ///< the first ones: wrong_format, limit_exceeded, file_error, with the file's name
  double seconds = 0;
};

/// Reads what other programs wrote into a cache of its own, which is made if it is missing and belongs to no account
/// (cache_other_account for one that does: the server's UIDs and ours would meet in it); restore_options::from takes
/// it. Mailboxes are named as the folders and files are, with the escapes of an export of ours undone (a name cut at 200
/// octets stays cut), so that another export has the same names; a Maildir's own messages, and a single mbox called
/// INBOX, are INBOX. Levels are parted by '/', or by another delimiter where a level holds that. Flags come from the names (Maildir) or the Status fields (mbox), the received date from the From line or the
/// file's time of modification. Line ends become CRLF. A message that is in its mailbox already, octet for octet and as
/// often, is left out: an import that is run again imports what is new. Files are hostile: symbolic links are not
/// followed, over 256 MiB is refused, and what does not look like a message or an mbox is named, counted and passed
/// over. The error is for an import that could not begin, or cancelled or disk_full on the way; what was imported by
/// then is kept.
result<import_report> import_mail(const std::filesystem::path& cache, const import_options& options,
                                  const std::atomic<bool>& stop,
                                  const std::function<void(const import_report&)>& step = {});

}  // namespace OUTMAP_PUBLIC
