// The options that the commands share.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "outmap/config.hpp"

namespace CLI {
class App;
}

namespace outmap::cli {

enum class progress_mode { automatic, plain, none };

/// Which account. Empty: not given.
struct account_options {
  std::string config;
  std::string name;
  std::string url;
  std::string cache;
};

/// How to reach it and log in; each wins over the account's entry in the file.
struct connection_options {
  std::string ca_file;
  std::string fingerprint;
  std::optional<std::chrono::milliseconds> timeout;
  std::optional<std::vector<mechanism>> auth;
  std::optional<plaintext_policy> plaintext;
  std::optional<ntlm_version> ntlm;
  std::string password_command;
  std::string password_file;
};

struct output_options {
  bool json = false;
  bool quiet = false;
  int verbosity = 0;
  progress_mode progress = progress_mode::automatic;
  std::string trace;
  bool trace_bodies = false;
};

struct shared_options {
  account_options account;
  connection_options connection;
  output_options output;
};

/// Adds all shared options, bound to `into`, which must outlive the app. Every command takes every shared option, so
/// that a script can give all commands the same, and the last of several values wins, so that it can be overruled;
/// those that a command without network has no use for are left out of its help.
void declare_shared(CLI::App& app, shared_options& into, bool uses_network);

/// Adds an option that may be repeated and gathers patterns of folder names; an empty one is an error, since it would
/// choose nothing.
void patterns_option(CLI::App& app, const std::string& name, std::vector<std::string>& into, const std::string& help,
                     const std::string& group);

/// A decimal number and nothing else.
result<std::uint64_t> number_from(std::string_view text, std::uint64_t least, std::uint64_t most);

/// Readers of option values and of the same values in the configuration file. The errors say what is allowed.
result<std::chrono::milliseconds> timeout_from_text(std::string_view text);
result<std::chrono::milliseconds> timeout_from(double seconds);
result<std::vector<mechanism>> mechanisms_from(const std::vector<std::string>& names);
result<plaintext_policy> plaintext_from(const std::string& text);
result<ntlm_version> ntlm_from(const std::string& text);

}  // namespace outmap::cli
