// Brings an index to what the cache holds.
#pragma once

#include <atomic>
#include <functional>
#include <string_view>

#include "cache/database.hpp"
#include "cache/reader.hpp"
#include "outmap/error.hpp"
#include "outmap/search.hpp"

namespace outmap::search {

/// Reads from the cache and writes to the index, which the caller has locked.
class indexer {
 public:
  indexer(cache::database& index, cache::reader& from);

  /// What mail_search::update() says of added, removed, read, octets and failures. Work is committed in groups.
  result<void> update(index_report& report, const std::atomic<bool>& stop,
                      const std::function<void(const index_report&)>& step);

  /// Whether update() would find nothing to do. Writes nothing.
  result<bool> is_current(const std::atomic<bool>& stop);

  /// A message that the cache does not hold (it waits in the outbox): its words are found by has_document() and
  /// matches() of the finder.
  result<void> add_document(const cache::digest& digest, std::string_view octets);

  /// More is left of removed messages than there are messages: making the index anew is better than keeping it.
  result<bool> mostly_dead();

 private:
  struct entry {
    outmap::uid uid;
    cache::digest digest{};
    std::optional<std::int64_t> date;
    bool has_body = false;
  };
  struct folder_work {
    cache::folder_id in_cache = 0;
    std::int64_t in_index = 0;
    std::vector<entry> added;
    std::vector<outmap::uid> removed;
  };

  result<void> plan(const cache::folder_record& folder, folder_work& work, const std::atomic<bool>& stop);
  result<std::int64_t> index_folder(const mailbox_name& mailbox);
  result<void> remove(const folder_work& work, index_report& report);
  result<void> add(const folder_work& work, index_report& report, const std::atomic<bool>& stop,
                   const std::function<void(const index_report&)>& step);
  result<bool> add_one(const folder_work& work, const entry& what, index_report& report);
  result<std::string> octets_of(const folder_work& work, const entry& what);
  result<std::int64_t> put_document(const cache::digest& digest, std::string_view octets,
                                    std::optional<std::int64_t>& date);
  result<void> forget_folders(const std::vector<std::int64_t>& kept, index_report& report);

  cache::database& index_;
  cache::reader& from_;
  cache::statement find_folder_, put_folder_, places_, find_document_, put_document_, put_words_, put_place_,
      remove_place_, drop_places_, drop_folder_, folders_;
};

}  // namespace outmap::search
