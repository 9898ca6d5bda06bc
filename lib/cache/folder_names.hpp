// What stands in a folder.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "outmap/error.hpp"

namespace outmap::cache {

/// The names in it, in no order, without "." and "..". errc::file_error. Unlike std::filesystem's iterator, whose steps
/// are noexcept in libstdc++ 12 and ask for memory, it throws std::bad_alloc instead of ending the program.
result<std::vector<std::string>> names_in(const std::filesystem::path& folder);

}  // namespace outmap::cache
