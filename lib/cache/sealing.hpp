// Seals a store as it is.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "cache/database.hpp"
#include "cache/run_chain.hpp"
#include "outmap/error.hpp"

namespace outmap::cache {

/// Under the lock of the store, outside a transaction. Moves everything into the main file, takes its digest and those
/// of what the segments have gained since the last seal, and appends the seal to runs_of(file). errc::cache_locked if a
/// reader keeps the log from being moved for longer than busy_timeout. `step` is told of octets as they are read and
/// gives false to stop (errc::cancelled).
result<run_entry> make_seal(database& db, const std::filesystem::path& file, std::int64_t now,
                            const std::function<bool(std::uint64_t)>& step);

}  // namespace outmap::cache
