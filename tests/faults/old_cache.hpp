// Caches as older versions of the library left them.
#pragma once

#include <cstdint>
#include <filesystem>

namespace outmap::test {

/// Rewrites a cache of today, which nobody has open, as version 1 or 2 of the schema held the same mail. Throws
/// std::runtime_error.
void make_older(const std::filesystem::path& cache, std::uint32_t version);

}  // namespace outmap::test
