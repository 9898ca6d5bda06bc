// Whether a cache has changed since it was last looked through.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace outmap::search {

/// What the file system says of the cache and its log: equal stamps mean that nothing was committed in between. Empty
/// (never equal to one that was kept) while the last change is so young that another one could bear the same time.
/// `now` in Unix seconds. To be taken before the cache is read.
std::string stamp_of(const std::filesystem::path& cache_file, std::int64_t now);

}  // namespace outmap::search
