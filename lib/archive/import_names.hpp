// What the folders of an export were called as mailboxes: undoes local_name() and folder_paths().
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "outmap/error.hpp"
#include "outmap/types.hpp"

namespace outmap::archive {

class import_names {
 public:
  /// `above`: UTF-8 levels, '/' between them, over all that is imported.
  explicit import_names(std::string above) : above_(std::move(above)) {}

  /// First of all, once for each folder that will come: what its name allows for a delimiter.
  void look_at(const std::vector<std::string>& levels);
  /// Then the delimiter: `known`, that of the cache, or the one that the export's names were made with, or one that is
  /// in no level; '/' if it can be.
  void choose_delimiter(std::optional<char> known);
  [[nodiscard]] char delimiter() const { return delimiter_; }

  /// The mailbox of a folder: escapes of ours are undone, and endings that told names apart which differ only by case.
  /// What is none of ours, or would make no name of a mailbox, stays as it is. errc::unencodable.
  [[nodiscard]] result<mailbox_name> mailbox(const std::vector<std::string>& levels) const;

 private:
  [[nodiscard]] std::string plain_level(const std::vector<std::string>& parents, std::string_view level,
                                        char* made_with = nullptr) const;

  std::string above_;
  std::set<char> used_;
  std::set<char> made_with_;
  char delimiter_ = '/';
};

/// How an import orders the folders of one folder: those whose names were told apart from others come behind these, so
/// that another export tells the same ones apart.
bool comes_before(std::string_view a, std::string_view b);

}  // namespace outmap::archive
