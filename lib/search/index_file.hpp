// `<cache>.search`: what stands in it and how it is made, opened and thrown away.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cache/database.hpp"
#include "cache/file_lock.hpp"
#include "outmap/error.hpp"

namespace outmap::search {

/// PRAGMA application_id of every index: "OutS".
constexpr std::uint32_t index_application_id = 0x4f757453;

/// Of how words are made of a message: make_readable(), word_by_word() and how much of it they are given. To be raised
/// with any change to what comes of a message: an index that was read otherwise is made again from the cache.
constexpr std::int64_t reading_version = 1;

/// Where the index of a cache stands.
std::filesystem::path index_file_of(const std::filesystem::path& cache_file);

/// Who changes an index holds this: `<cache>.search.lock`. errc::cache_locked.
result<cache::file_lock> lock_index(const std::filesystem::path& index);

/// Opens the index for reading and writing words. Nothing if there is none that can be used: missing, of another version
/// of its tables or of reading, of another account, or damaged. errc::cache_foreign for a file of somebody else's.
result<std::optional<cache::database>> open_index(const std::filesystem::path& index, std::string_view account);

/// As open_index(), for reading where nothing can be written (a full disk, a folder without permission).
result<std::optional<cache::database>> open_index_as_it_is(const std::filesystem::path& index,
                                                           std::string_view account);

/// Throws away what stands there (but nothing of somebody else's: cache_foreign) and makes an empty index, 0600. Under
/// the lock.
result<cache::database> make_index(const std::filesystem::path& index, std::string_view account);

/// Under the lock; no index: nothing.
result<void> remove_index(const std::filesystem::path& index);

}  // namespace outmap::search
