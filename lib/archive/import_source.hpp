// Messages in files that somebody else wrote.
#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "outmap/error.hpp"
#include "outmap/export.hpp"
#include "outmap/types.hpp"

namespace outmap::archive {

constexpr std::size_t largest_import = std::size_t{256} << 20;

struct imported_message {
  std::string text;  ///< CRLF line ends
  flag_set flags;
  std::optional<internal_date> date;
};

struct import_taker {
  /// Levels of a mailbox's name, from the top; empty: INBOX. False ends the reading.
  std::function<bool(const std::vector<std::string>& levels)> mailbox;
  /// Of the last mailbox.
  std::function<bool(imported_message&&)> message;
  /// A file, or a message of it, that cannot be imported.
  std::function<void(error)> failure;
  /// No file is opened: the mailboxes that there may be.
  bool names_only = false;
};

/// Gives everything below `from` in the order of the names (import_names.hpp). At most 64 levels deep. file_error if `from` cannot be
/// read.
result<void> read_import(export_format format, const std::filesystem::path& from, const import_taker& take);

/// LF and CR LF become CR LF; a CR alone stays.
std::string with_crlf(std::string text);
/// Begins with a header field, after an optional From line of an mbox.
bool looks_like_message(std::string_view text);

}  // namespace outmap::archive
