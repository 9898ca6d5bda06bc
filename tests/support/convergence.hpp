// Random histories of one account: two caches and the server change it behind each other's backs, links break, and in
// the end all three must be equal.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "outmap/account.hpp"

namespace outmap::test {

/// UID → flags and octets.
using held_messages = std::map<std::uint32_t, std::pair<std::string, std::string>>;
using held_account = std::map<std::string, held_messages>;

/// A server and what changes on it without a client. Names of folders are ASCII.
class changing_server {
 public:
  virtual ~changing_server() = default;
  virtual std::uint16_t port() = 0;
  /// Everything but cache and port.
  virtual account_config config() = 0;
  /// An empty INBOX and empty folders "Archive" and "Drafts", nothing else.
  virtual void begin_anew() = 0;
  virtual void add(const std::string& folder, const std::string& octets) = 0;
  virtual void set_flags(const std::string& folder, std::uint32_t uid, flag_set flags) = 0;
  virtual void expunge(const std::string& folder, std::uint32_t uid) = 0;
  /// False where it cannot.
  virtual bool change_uid_validity(const std::string& folder) = 0;
  virtual void create(const std::string& folder) = 0;
  virtual held_account snapshot() = 0;
  /// Until what clients asked for on connections that are broken has come to its end.
  virtual void come_to_rest() = 0;
};

struct history_options {
  unsigned steps = 40;
  /// Of 100 connections of the clients, so many break at some octet.
  unsigned broken_links = 40;
};

struct history_counts {
  std::uint64_t changes = 0;
  std::uint64_t broken = 0;
  std::uint64_t found = 0;      ///< already there after a lost answer
  std::uint64_t conflicts = 0;  ///< and refusals
};

/// Plays the history of that seed and checks, with doctest, that both caches end equal to the server, that nothing that
/// was appended is lost or there twice, and that no message has more copies than were asked for.
void play_history(changing_server& on, std::uint32_t seed, const history_options& how, history_counts& to);

/// Of the environment, or the default.
unsigned number_from(const char* variable, unsigned otherwise);

}  // namespace outmap::test
