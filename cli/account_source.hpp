// From options and configuration file to the accounts of a run.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "cli/account_file.hpp"
#include "cli/options.hpp"
#include "cli/password_source.hpp"
#include "outmap/account.hpp"

namespace outmap::cli {

/// An account as it will be used, password not yet fetched. The cache is set: by option, entry or default.
struct chosen_account {
  account_config config;
  password_source password;
  sync_options folders;
};

/// Whether a command works on one account or on all of the file in turn.
enum class how_many { one, all };

/// Precedence: command line, OUTMAP_PASSWORD, entry of the file, default. With several accounts, options that can
/// belong to one alone are an error, and OUTMAP_PASSWORD is not used: it would be shown to the wrong servers. Errors
/// are errc::invalid_argument, errc::config_invalid and errc::file_error.
result<std::vector<chosen_account>> choose_accounts(const shared_options& options, how_many wanted,
                                                    const std::optional<secret>& environment_password);

/// The cache files of a command without network: --cache alone names one without any account. The text is the
/// account's name.
struct chosen_cache {
  std::string account;
  std::filesystem::path file;
};
result<std::vector<chosen_cache>> choose_caches(const shared_options& options, how_many wanted);

/// Lays the options over an account.
result<void> apply(const connection_options& options, account_config& to);

}  // namespace outmap::cli
