// The configuration file: accounts in TOML.
//
//   [account.work]
//   url = "imaps://anna@imap.example.org"
//   password_command = "pass show work"
//   exclude = ["Spam", "Trash*"]
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "outmap/account.hpp"
#include "outmap/config.hpp"

namespace outmap::cli {

/// One [account.NAME]. Paths are absolute or below the folder of the file.
struct account_entry {
  account_config config;  ///< name, and all that the entry says; no password
  std::string password_command;
  std::filesystem::path password_file;
  sync_options folders;
};

/// A key that an entry may have.
struct account_key {
  std::string_view name;
  std::string_view meaning;  ///< for people, a sentence
};
std::span<const account_key> account_keys() noexcept;

/// The accounts in the order of the file. Unknown keys, values of the wrong type or outside their range, and a
/// `password` are errc::config_invalid, with "file:line:column: …" as detail; the first one in the file is reported.
result<std::vector<account_entry>> parse_accounts(std::string_view text, const std::filesystem::path& file);

/// Reads and parses. Refuses a file that anybody may write to, since password_command is run, and one over 1 MiB.
result<std::vector<account_entry>> read_accounts(const std::filesystem::path& file);

}  // namespace outmap::cli
