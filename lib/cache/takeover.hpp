// A cache that was made for an account by mistake: a host or user mistyped, and nothing came of it.
#pragma once

#include <filesystem>
#include <string_view>

#include "cache/database.hpp"
#include "outmap/error.hpp"

namespace outmap::cache {

/// Whether nothing was ever synced into the open cache, and its outbox has no change of another account than `account`.
/// Under the lock of the cache.
result<bool> may_take_over(database& db, const std::filesystem::path& file, std::string_view account);

/// The cache belongs to `account` from here on; its record of failed backups stays.
result<void> take_over(database& db, std::string_view account);

}  // namespace outmap::cache
