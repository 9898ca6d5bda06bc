// An account of the bundled server, the program that syncs it, and what of it is disturbed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/bundled_server.hpp"
#include "exchange/server.hpp"
#include "faults/call_gate.hpp"
#include "outmap/config.hpp"

namespace outmap::test {

/// UID → flags and octets.
using held_messages = std::map<std::uint32_t, std::pair<std::string, std::string>>;
/// Folder → messages; "subscribed" → nothing, for each subscription.
using held_account = std::map<std::string, held_messages>;

/// Temporary files of this process and its children stand in memory if there is room for them, so that a sync of the
/// disk costs nothing; OUTMAP_FAULTS_DISK=1 leaves them on the disk.
void prefer_memory_for_files();

/// What is disturbed in a run of the program.
struct disturbance {
  unsigned kinds = gate::durable;
  gate_way way = gate_way::pass;
  std::uint64_t from = 0;
  std::uint64_t last = 0;  ///< 0: as `from`
  int code = 0;
  std::filesystem::path journal = {};
};

struct disturbed_result {
  process_result ended;
  std::uint64_t seen = 0;    ///< calls that counted
  std::uint64_t struck = 0;  ///< calls that were disturbed
};

/// The server begins anew with each object, so that the same mail has the same UIDs, and so does the home folder.
class account_under_test : public program_home {
 public:
  struct settings {
    std::string personality = "generic";
    std::string url_scheme = "imap+plain";  ///< or "imap", "imaps"
    std::string lines = {};                 ///< of the account's section in the configuration file
    std::function<void(exchange::mailbox_store&)> mail = {};
    exchange::hooks hooks = {};
  };

  explicit account_under_test(const settings& how);
  /// Its home begins with a copy of that folder.
  account_under_test(const settings& how, const std::filesystem::path& home);

  exchange::server& server() { return *server_; }
  exchange::mailbox_store& mail() { return server_->store(); }
  [[nodiscard]] std::filesystem::path cache() const { return dir() / "mail.outmap"; }
  /// The same command line with what every command about the account needs.
  [[nodiscard]] arguments on(const arguments& args) const;
  [[nodiscard]] process_result carry_out(const arguments& args) const { return run(on(args)); }
  /// `meanwhile` is called while it runs.
  [[nodiscard]] disturbed_result carry_out(const arguments& args, const disturbance& how,
                                           const std::function<void(process&)>& meanwhile = {}) const;
  /// For this library instead of the program; without second looks, which would wait.
  [[nodiscard]] account_config config() const;
  /// Until what clients asked for on connections that are gone has come to its end.
  void come_to_rest() const;

  [[nodiscard]] held_account served() const;
  /// Of the cache and outbox, as an app sees it, headers where there is no body; nothing, and why, if it cannot be read.
  [[nodiscard]] std::optional<held_account> held(std::string& problem) const { return held(problem, cache()); }
  [[nodiscard]] std::optional<held_account> held(std::string& problem, const std::filesystem::path& cache) const;
  /// The first fault of cache and outbox by their own checks, or empty. A file that is not there has none.
  [[nodiscard]] std::string unsound() const;
  /// Changes that are still in the outbox.
  [[nodiscard]] std::size_t queued(std::string& problem) const;

 private:
  void begin(const settings& how);

  std::string url_;
  std::unique_ptr<exchange::server> server_;
};

/// The files below a folder: where they stand, and their octets; what they are called is left out.
std::multiset<std::pair<std::string, std::string>> files_below(const std::filesystem::path& folder);

/// Where the two first differ, or empty.
std::string difference(const held_account& expected, const held_account& got);

}  // namespace outmap::test
