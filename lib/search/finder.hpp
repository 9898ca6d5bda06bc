// Asks an index.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cache/database.hpp"
#include "outmap/error.hpp"
#include "outmap/search.hpp"
#include "search/match_text.hpp"

namespace outmap::search {

struct candidate {
  outmap::uid uid;
  std::optional<std::int64_t> date;
};

struct candidates_of {
  mailbox_name mailbox;
  std::vector<candidate> messages;  ///< ascending by UID
};

/// Looks at words, dates, attachments and folders; flags are not in the index.
class finder {
 public:
  finder(const cache::database& index, match_text words, const search_query& query)
      : index_(index), words_(std::move(words)), query_(query) {}

  /// Of the folders that `wants` says yes to. By folder.
  result<std::vector<candidates_of>> find(const std::function<bool(const mailbox_name&)>& wants);
  /// Whether words and attachments of the message with this digest are those that are asked for; false if the index
  /// does not know it.
  result<bool> matches(const cache::digest& digest);

 private:
  const cache::database& index_;
  match_text words_;
  const search_query& query_;
};

}  // namespace outmap::search
