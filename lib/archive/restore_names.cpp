#include "archive/restore_names.hpp"

#include <algorithm>

namespace outmap::archive {

result<mailbox_name> restored_name(const cache::listed_folder& folder, std::string_view into,
                                   std::optional<char> delimiter) {
  std::string name = folder.mailbox.wire();
  const bool has_levels = folder.delimiter && name.find(*folder.delimiter) != std::string::npos;
  if (!delimiter && (has_levels || !into.empty()))
    return fail(errc::unencodable, "the server has no folders within folders");
  if (delimiter && folder.delimiter != delimiter) {
    std::replace(name.begin(), name.end(), *delimiter, '_');
    if (folder.delimiter) std::replace(name.begin(), name.end(), *folder.delimiter, *delimiter);
  }
  if (into.empty()) return mailbox_name(std::move(name));
  return mailbox_name(std::string(into) + *delimiter + name);
}

}  // namespace outmap::archive
