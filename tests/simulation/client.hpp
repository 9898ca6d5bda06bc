// A mail program with a cache of its own.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

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

  /// True: the program died. A sync that says it is complete promises all bodies.
  bool sync(const disturbance& how, const sync_options& options);
  bool send(const disturbance& how);
  /// Without a disturbance; what fails then is wrong.
  void sync_in_full();
  /// Records changes; what was not recorded before the program died may be recorded or not.
  bool change(const disturbance& how, const std::function<void(outbox&)>& what);

  /// Gives up what can never be sent and sends the rest anew; true: nothing is left. `dropped` is told the octets of an
  /// append that is given up.
  bool settle(const std::function<void(const std::string&)>& dropped);

  [[nodiscard]] held_account held() const;
  /// Mailboxes that a change can name.
  [[nodiscard]] std::vector<mailbox_name> mailboxes() const;
  [[nodiscard]] std::vector<uid> uids(const mailbox_name& folder) const;
  [[nodiscard]] std::vector<std::string> tokens(const mailbox_name& folder, const uid_set& uids) const;

  /// Whether what is on the disk is whole, and holds what was promised.
  void check(const ledger& facts) const;
  /// What it holds now is what it may be asked for later.
  void promise();
  /// The server has taken its UID away; its body is promised again by the next sync.
  void release(const std::string& token) { promised_.erase(token); }
  /// The last sync came to its end and nothing failed.
  [[nodiscard]] bool complete() const { return complete_; }

 private:
  struct events final : observer {
    std::function<void(const std::string&)> say;
    void on_outbox(const outbox_event& e) noexcept override;
  };
  bool run(const disturbance& how, const std::function<void(account&)>& what);

  std::string name_;
  world& in_;
  std::function<void(const std::string&)> say_;
  events watch_;
  std::set<std::string> promised_;
  bool complete_ = false;
};

}  // namespace outmap::simulation
