// What stands at the path of an outbox, and how it is created and opened.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "cache/database.hpp"
#include "outmap/error.hpp"

namespace outmap::cache {

/// PRAGMA application_id of every outbox: "OutB".
constexpr std::uint32_t outbox_application_id = 0x4f757442;

/// Opens the outbox at `file`, creating it (0600) if it is missing and bringing its schema up to date. Several threads
/// and processes may do so at once. One of another account that holds no change is taken over. A file that is refused is
/// not changed.
result<database> open_outbox(const std::filesystem::path& file, std::string_view account);

/// As open_outbox(), but creates nothing: nothing if there is no outbox, one that nothing was recorded in, or one of
/// another account that holds no change. One that cannot be written can be read.
result<std::optional<database>> open_existing_outbox(const std::filesystem::path& file, std::string_view account);

}  // namespace outmap::cache
