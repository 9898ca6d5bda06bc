// Where a password comes from. It is never an argument, since every user of the machine could read it there.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cli/interruption.hpp"
#include "outmap/error.hpp"
#include "outmap/secret.hpp"

namespace outmap::cli {

inline constexpr const char* password_variable = "OUTMAP_PASSWORD";

/// Takes OUTMAP_PASSWORD out of the environment and overwrites it there, so that neither children nor /proc show it.
/// Once, before any thread.
std::optional<secret> take_environment_password();

/// At most one of the three is set; with none, a terminal is asked.
struct password_source {
  std::string command;
  std::filesystem::path file;
  std::optional<secret> given;
};

struct found_password {
  secret value;
  std::string warning;  ///< not serious enough to stop; empty: none
};

/// `whose` is for the question on the terminal. Errors: errc::credentials_missing (no source, an empty password, a
/// failed command), errc::file_error, errc::config_invalid, errc::cancelled.
result<found_password> find_password(const password_source& source, const std::string& whose, const interruption& stop);

}  // namespace outmap::cli
