// One account of the bundled server, and the whole library that syncs it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "exchange/server.hpp"
#include "outmap/account.hpp"
#include "support/temp_dir.hpp"

namespace outmap::test {

/// A message of that many octets or a few more, different for each seed.
std::string text_of_size(std::size_t size, unsigned seed);

/// UID → flags and octets.
using held_folder = std::map<std::uint32_t, std::pair<std::string, std::string>>;

struct warnings final : observer {
  std::vector<std::string> lines;
  std::vector<std::string> alerts;
  void on_warning(const error& e) noexcept override { lines.push_back(e.message()); }
  void on_alert(std::string_view text) noexcept override { alerts.emplace_back(text); }
};

/// The server plays the personality that OUTMAP_PERSONALITY names, or the plain one. What the client
/// says in a run goes through the auditor, and the test fails unless it is silent.
struct double_fixture {
  exchange::server_options options;
  std::unique_ptr<exchange::server> server;
  temp_dir dir;
  account_config config;
  warnings watch;

  double_fixture();

  /// Starts the server at first.
  exchange::mailbox_store& mail();
  /// One sync that could begin.
  sync_report run(const sync_options& how = {});
  /// One sync without failure.
  sync_report run_well(const sync_options& how = {});
  [[nodiscard]] held_folder held(const std::string& name);
  [[nodiscard]] held_folder served(const std::string& name);
  void check_equal(const std::string& name);
};

}  // namespace outmap::test
