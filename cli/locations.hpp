// Where files are when nobody says so: the XDG base folders.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "outmap/error.hpp"

namespace outmap::cli {

/// $XDG_CONFIG_HOME/outmap/outmap.toml, else ~/.config/outmap/outmap.toml. Empty when neither variable is an absolute
/// path.
std::filesystem::path default_config_file();

/// $XDG_DATA_HOME/outmap/<safe name>.outmap, else ~/.local/share/outmap/…; empty as above.
std::filesystem::path default_cache_file(std::string_view account_name);

/// A file name that differs if the names differ: octets other than ASCII letters, digits and ._@+- become %XX, a
/// leading dot too; a long name is cut and closed with a hash.
std::string safe_file_name(std::string_view name);

/// Makes the folder of a default cache file, mode 0700, with the folders above it.
result<void> make_private_folder(const std::filesystem::path& folder);

/// "~/x" below the home folder; a relative path below `base`; "" stays "".
std::filesystem::path expanded(const std::string& path, const std::filesystem::path& base);

}  // namespace outmap::cli
