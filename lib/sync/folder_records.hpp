// What a sync of a folder has recorded about it, and one question to those records.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cache/reader.hpp"
#include "cache/records.hpp"
#include "cache/writer.hpp"
#include "outmap/error.hpp"
#include "outmap/types.hpp"
#include "outmap/uid_set.hpp"

namespace outmap::sync {

/// These are carried out by the writer in the order in which they are posted; times in Unix seconds.
void post_uid_validity(cache::writer& to, cache::folder_id folder, uid_validity value);
void post_vanished(cache::writer& to, cache::folder_id folder, uid_set gone, std::int64_t now);
void post_listed_pages(cache::writer& to, cache::folder_id folder, std::vector<cache::listed_page> pages);
void post_scanned(cache::writer& to, cache::folder_id folder, std::uint64_t exists, std::int64_t now);
/// What vanished before `last` is given up for good.
void post_expiry(cache::writer& to, cache::folder_id folder, std::int64_t last);

/// The first `most` with UIDs above `after`. Without `dates` none counts as being without its date.
result<std::vector<cache::message_state>> held_states(cache::reader& from, cache::folder_id folder, uid after,
                                                      std::size_t most, bool dates);
/// The messages whose bodies are held, as far as committed.
result<uid_set> held_bodies(cache::reader& from, cache::folder_id folder);

}  // namespace outmap::sync
