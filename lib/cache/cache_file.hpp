// What stands at the path of a cache, and how it is created and opened.
#pragma once

#include <filesystem>
#include <span>
#include <string_view>

#include "cache/database.hpp"
#include "cache/schema.hpp"
#include "cache/segment.hpp"
#include "outmap/error.hpp"

namespace outmap::cache {

/// Milliseconds to wait for a lock that somebody else has on the file itself: recovery after a crash, a foreign
/// program.
constexpr int busy_timeout = 5000;

enum class file_state {
  missing,
  empty,  ///< 0 octets, or what is left of a first transaction that a loss of power cut off: SQLite takes it back
  cache,  ///< carries our application_id and a schema version that `steps` reaches
};

/// The path with its folder made absolute and free of symbolic links. errc::cache_unavailable if the folder is missing.
result<std::filesystem::path> resolve(const std::filesystem::path& file);

/// Looks at a resolved path without changing anything, also no file beside it. A symbolic link and whatever is not a
/// regular file: cache_unavailable. A file of somebody else's: cache_foreign. Ours, but later than `steps`:
/// cache_newer.
/// `identity` is the application_id of our files of that kind.
result<file_state> look_at(const std::filesystem::path& file, std::span<const migration> steps,
                           std::uint32_t identity = application_id);

/// Of a file that look_at() has called a cache: it has the last of `steps`, and no log stands beside it.
bool is_settled(const std::filesystem::path& file, std::span<const migration> steps);

/// Opens a cache for writing, under the lock that the caller holds, creating it if it is missing or empty, and migrates
/// it. A new file (0600: mail is private) is made beside the path and renamed when it is complete, so nobody ever sees
/// a half one. A cache of another account that nothing was ever synced into is taken over (takeover.hpp). A file that
/// is refused is not changed.
result<database> open_for_writing(const std::filesystem::path& file, std::string_view account, bool create,
                                  std::span<const migration> steps);

/// Opens a cache for reading. A file whose folder cannot be written, with no log of a writer beside it, is read as
/// immutable.
result<database> open_for_reading(const std::filesystem::path& file, std::span<const migration> steps);

/// An error that a full disk or a folder that cannot be written has where SQLite wants to make its log.
bool is_unwritable(const error& e);
/// Opens a file that nobody can write for that reason, for reading. cache_unavailable where a log stands beside it,
/// which cannot be read so.
result<database> open_as_it_is(const std::filesystem::path& file);

/// What may only be asked of an open file, whose log may be ahead of what look_at() read: cache_newer,
/// cache_other_account.
result<void> check_owner(database& db, const std::filesystem::path& file, std::string_view account,
                         std::span<const migration> steps);

/// An error met while a file is being opened: to the user it is out of reach (cache_unavailable), whatever SQLite calls
/// it.
tl::unexpected<error> opening(error e);

/// The account that a cache belongs to.
result<std::string> account_of(database& db);
/// What its segments carry.
result<cache_identity> identity_of(database& db);

}  // namespace outmap::cache
