// `<cache>.search`: what stands in it and how it is made, opened and thrown away.
#pragma once

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

/// Where the index of a cache stands.
std::filesystem::path index_file_of(const std::filesystem::path& cache_file);

/// Who changes an index holds this: `<cache>.search.lock`. errc::cache_locked.
result<cache::file_lock> lock_index(const std::filesystem::path& index);

/// Opens the index for reading and writing words. Nothing if there is none that can be used: missing, of another version
/// of its tables, of another account, or damaged. errc::cache_foreign for a file of somebody else's.
result<std::optional<cache::database>> open_index(const std::filesystem::path& index, std::string_view account);

/// Throws away what stands there (but nothing of somebody else's: cache_foreign) and makes an empty index, 0600. Under
/// the lock.
result<cache::database> make_index(const std::filesystem::path& index, std::string_view account);

/// Under the lock; no index: nothing.
result<void> remove_index(const std::filesystem::path& index);

}  // namespace outmap::search
