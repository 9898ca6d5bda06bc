// The tables of a cache file and how older files become newer ones.
#pragma once

#include <cstdint>
#include <span>

#include "cache/database.hpp"
#include "outmap/error.hpp"

namespace outmap::cache {

/// PRAGMA application_id of every outmap cache: "OutM".
constexpr std::uint32_t application_id = 0x4f75744d;

/// Octets of a page. Mail is not in the database, and a change of flags here and there writes whole pages.
constexpr int page_size = 4096;

/// One version of the schema: SQL that makes it from the version before. Step n leaves PRAGMA user_version at n,
/// counted from 1. A step that was released is never changed; the next idea is the next step.
struct migration {
  const char* sql;
};

/// All steps of this library; the number of them is the version it writes.
std::span<const migration> migrations();

/// Version of the schema in an open file; 0: none yet.
result<std::uint32_t> schema_version(database& db);

/// Runs the steps that the file does not have yet, all or none of them. errc::cache_newer if the file has more than
/// `steps`, errc::cache_damaged if the outcome breaks a foreign key. Not inside a transaction. Foreign keys are off
/// afterwards.
result<void> migrate(database& db, std::span<const migration> steps);

}  // namespace outmap::cache
