// A mailbox tree read from a folder tree.
#pragma once

#include <cstddef>
#include <filesystem>

#include "mailbox_store.hpp"
#include "outmap/error.hpp"

namespace outmap::exchange {

struct loaded {
  std::size_t folders = 0;
  std::size_t messages = 0;
};

/// Every subfolder of `from` is a mailbox, its path the name (UTF-8); every file *.eml in it a message, in the order of
/// the file names. Files beside them are passed over. Files in `from` itself and in a subfolder INBOX go to INBOX. Line
/// ends become CRLF; the date of the file is the INTERNALDATE. All folders are subscribed. A folder with `cur` and
/// `new` in it is a Maildir: every file in these two is a message with the flags of its name, and a subfolder ".A.B"
/// the mailbox A/B below it (Maildir++). Error file_error names the file.
result<loaded> load_mailbox_directory(const std::filesystem::path& from, mailbox_store& into);

/// CRLF where there was LF alone.
std::string with_crlf(std::string_view text);

}  // namespace outmap::exchange
