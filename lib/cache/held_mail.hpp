// How much a cache holds.
#pragma once

#include "cache/database.hpp"
#include "cache/records.hpp"
#include "outmap/error.hpp"

namespace outmap::cache {

/// Counts it into held_messages, held_octets and held_expunged of `into`.
result<void> count_held(database& db, backup_record& into);

}  // namespace outmap::cache
