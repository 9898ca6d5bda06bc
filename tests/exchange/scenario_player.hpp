// A scenario on its way: sets the stage before the server starts and carries the steps out when their time comes.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mailbox_directory.hpp"
#include "scenario.hpp"
#include "server.hpp"

namespace outmap::exchange {

/// Thread-safe once staged. Lives as long as the server's hooks, which hold it.
class scenario_player {
 public:
  /// Puts accounts, folders, messages, faults and a hook into `options`, whose store it makes when there is none yet. A
  /// hook that is there already is asked behind the scenario's. Error config_invalid: an account that nobody has.
  static result<std::shared_ptr<scenario_player>> stage(scenario script, server_options& options);

  /// The steps that this command sets off; called by the hook.
  std::optional<action> on_command(const command_seen& seen);

  /// What was put into the mailboxes by stage().
  [[nodiscard]] loaded count() const { return count_; }
  /// Steps that could not be carried out, such as an EXPUNGE of a UID that is not there: "file:line:column: what".
  [[nodiscard]] std::vector<std::string> problems() const;
  /// Steps that were carried out so far.
  [[nodiscard]] std::size_t steps_done() const;

 private:
  scenario_player(scenario script, std::shared_ptr<mailbox_store> common, std::shared_ptr<field_quirks> quirks,
                  bool revise_keeps_uid);

  result<void> make_mailboxes(server_options& options);
  mailbox_store& store_of(const scenario_place& place);
  void put_messages(const scenario_place& into, const scenario_message& what);
  [[nodiscard]] message make_message(const scenario_message& what, std::uint32_t number);
  bool due(std::size_t step, const command_seen& seen, bool first_behind_login);
  std::optional<std::string> carry_out(const scenario_change& change, action& todo);

  const scenario script_;
  std::map<std::string, std::shared_ptr<mailbox_store>, std::less<>> stores_;  // "" has the common one
  std::shared_ptr<field_quirks> quirks_;
  bool revise_keeps_uid_;
  loaded count_;

  mutable std::mutex mutex_;
  std::uint32_t messages_made_ = 0;
  std::set<std::uint64_t> logged_in_;        // connections
  std::vector<std::uint64_t> times_fitted_;  // a step each
  std::vector<bool> done_;
  std::size_t steps_done_ = 0;
  std::vector<std::string> problems_;
};

}  // namespace outmap::exchange
