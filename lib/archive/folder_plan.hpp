// Which messages of a folder are on disk already.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "archive/message_name.hpp"
#include "cache/records.hpp"
#include "outmap/export.hpp"
#include "outmap/types.hpp"

namespace outmap::archive {

/// A message of the cache that has a body.
struct wanted_message {
  outmap::uid uid;
  cache::digest digest{};
  std::optional<internal_date> date;
  flag_set flags;  ///< system flags; keywords play no part
};

/// A directory entry with a name that parse_name() reads.
struct held_file {
  std::string name;
  bool in_new = false;     ///< Maildir: in new/, not in cur/
  bool is_message = true;  ///< a regular file; anything else only takes up the name
};

struct planned_message {
  enum class action {
    keep,    ///< `file` is this message
    rename,  ///< it is, with other flags
    write,   ///< no file is; its name gets number `copy`
  };
  action what = action::write;
  std::size_t file = 0;
  std::uint32_t copy = 0;
};

/// One answer for each of `messages`, in their order. A file stands for the message whose content key it carries,
/// whatever date it names: neither a UIDVALIDITY change nor a mail program's renaming makes anything new. Of messages
/// with equal content as many are held as there are files, those with the same flags first. Pure; n log n.
std::vector<planned_message> plan_folder(export_format format, const std::vector<wanted_message>& messages,
                                         const std::vector<held_file>& files);

}  // namespace outmap::archive
