// Files of other programs into a cache.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string_view>

#include "outmap/error.hpp"
#include "outmap/import.hpp"

namespace outmap::archive {

/// Whose mail a cache of imported mail holds: no account is called that.
constexpr std::string_view imported_identity = "imported mail";

/// As outmap::import_mail(). `now`: Unix seconds.
result<import_report> import_files(const std::filesystem::path& cache, const import_options& options, std::int64_t now,
                                   const std::atomic<bool>& stop,
                                   const std::function<void(const import_report&)>& step);

}  // namespace outmap::archive
