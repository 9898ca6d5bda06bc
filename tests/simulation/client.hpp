// A mail program with a cache of its own.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cache/reader.hpp"
#include "outmap/account.hpp"
#include "outmap/outbox.hpp"
#include "outmap/store.hpp"
#include "simulation/ledger.hpp"
#include "simulation/world.hpp"
#include "support/audit_report.hpp"

namespace outmap::simulation {

class client {
 public:
  /// `say` is told what it does and meets.
  client(std::string name, world& in, std::function<void(const std::string&)> say);

  [[nodiscard]] const std::string& name() const { return name_; }
  account_config config;

  // What it does, to its end or to the death of its program (world::run()).
  void sync(const sync_options& options);
  void send();
  /// Watches a folder for so long.
  void watch(const watch_options& options, instant length);
  /// Without a disturbance; what fails then is wrong.
  void sync_in_full();
  void change(const std::function<void(outbox&)>& what);

  /// Gives up what can never be sent and sends the rest anew; true: nothing is left. `dropped` is told the octets of an
  /// append that is given up.
  bool settle(const std::function<void(const std::string&)>& dropped);

  [[nodiscard]] held_account held() const;
  /// Messages of the server's folders whose command has not got its tagged OK.
  [[nodiscard]] std::uint64_t unconfirmed() const;
  /// Mailboxes that a change can name.
  [[nodiscard]] std::vector<mailbox_name> mailboxes() const;
  [[nodiscard]] std::vector<uid> uids(const mailbox_name& folder) const;
  [[nodiscard]] std::vector<std::string> tokens(const mailbox_name& folder, const uid_set& uids) const;

  /// Whether what is on the disk is whole, and holds what was promised.
  void check(const ledger& facts) const;
  /// What it holds now is what it may be asked for ever after.
  void promise();
  /// The server has taken its UID away: who keeps nothing that is expunged has it again by the next sync.
  void release(const std::string& token) { released_.insert(token); }
  /// Since this was asked last, a sync came to its end and nothing failed.
  [[nodiscard]] bool take_complete() { return std::exchange(complete_, false); }

 private:
  struct events final : observer {
    std::function<void(const std::string&)> say;
    void on_outbox(const outbox_event& e) noexcept override;
  };
  void use(const std::function<void(account&, const world::offer&)>& what);
  [[nodiscard]] bool keeps_everything() const { return !config.keep_expunged; }
  // The messages whose bodies it holds: under a UID, and without one.
  [[nodiscard]] std::set<std::string> listed(cache::reader& from) const;
  [[nodiscard]] std::set<std::string> buried(cache::reader& from) const;

  std::string name_;
  world& in_;
  std::function<void(const std::string&)> say_;
  events watch_;
  std::set<std::string> promised_;
  std::set<std::string> released_;
  bool complete_ = false;
};

}  // namespace outmap::simulation
