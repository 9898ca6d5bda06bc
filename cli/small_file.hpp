// A file that is read whole because it is small: configuration, password.
#pragma once

#include <filesystem>
#include <string>

#include "outmap/error.hpp"

namespace outmap::cli {

struct small_file {
  std::string octets;
  bool readable_by_others =
      false;  ///< by users other than the owner, group included; false for what is not a regular file
  bool writable_by_others = false;  ///< by everybody; false for what is not a regular file
};

/// At most `most` octets: a longer file is errc::config_invalid. Pipes work. errc::file_error names the file and the
/// reason.
result<small_file> read_small_file(const std::filesystem::path& file, std::size_t most);

/// The first line without its line end: at most `most` octets are read.
result<small_file> read_first_line(const std::filesystem::path& file, std::size_t most);

}  // namespace outmap::cli
