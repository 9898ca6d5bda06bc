// The files a private Dovecot runs from: configuration, account, TLS, NTLM helper.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "interop/dovecot_options.hpp"

namespace outmap::interop {

/// The two listeners.
struct listeners {
  std::uint16_t imap = 0;   ///< STARTTLS or plain
  std::uint16_t imaps = 0;  ///< implicit TLS
};

/// Writes all files but the configuration itself below `root` and gives it to whom Dovecot's processes are.
void write_dovecot_files(const std::filesystem::path& root, const dovecot_options& options,
                         const test::certificate& server);

/// The configuration for Dovecot 2.3 whose files lie below `root`.
std::string dovecot_config(const std::filesystem::path& root, const dovecot_options& options, listeners ports);

}  // namespace outmap::interop
