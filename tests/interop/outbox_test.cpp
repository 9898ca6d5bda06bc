// The outbox against a real Dovecot: each kind of change, links that break behind the commands that may not be repeated,
// and random histories. OUTMAP_INTEROP_HISTORIES: how many (default 24); OUTMAP_HISTORY_SEED: the first seed (default 1).
#include <doctest/doctest.h>

#include <sstream>
#include <thread>

#include "interop/dovecot_server.hpp"
#include "interop/mailbox_admin.hpp"
#include "interop/outbox_trials.hpp"
#include "interop/raw_imap.hpp"
#include "interop/restore_trial.hpp"

using namespace outmap;
using namespace outmap::test;

namespace {

class dovecot final : public changing_server {
 public:
  dovecot() : admin_(server_) {}

  std::uint16_t port() override { return server_.imap_port(); }
  // Without TLS, so that a link can break behind a command; Dovecot takes the client for local.
  account_config config() override {
    account_config out;
    out.host = "localhost";
    out.tls = tls_mode::none;
    out.user = server_.options().user;
    out.password = secret(server_.options().password);
    out.auth.plaintext = plaintext_policy::allowed;
    out.auth.allowed = {mechanism::plain};
    out.connections = 1;
    return out;
  }
  void begin_anew() override {
    come_to_rest();
    for (const auto& name : admin_.list()) {
      if (name == "INBOX") continue;
      admin_.remove(name);
    }
    admin_.expunge("INBOX", {"all"});
    admin_.create("Archive");
    admin_.create("Drafts");
  }
  void add(const std::string& folder, const std::string& octets) override { admin_.save(folder, octets); }
  void set_flags(const std::string& folder, std::uint32_t uid, flag_set flags) override {
    const interop::mailbox_admin::query which = {"uid", std::to_string(uid)};
    const flag_set others(static_cast<std::uint8_t>(flag_set::all_bits & ~flags.system_bits()));
    if (flags.system_bits() != 0) admin_.add_flags(folder, which, flag_set(flags.system_bits()).to_string());
    if (others.system_bits() != 0) admin_.remove_flags(folder, which, others.to_string());
  }
  void expunge(const std::string& folder, std::uint32_t uid) override {
    admin_.expunge(folder, {"uid", std::to_string(uid)});
  }
  bool change_uid_validity(const std::string& folder) override {
    admin_.set_uid_validity(folder, ++validity_);
    return true;
  }
  void create(const std::string& folder) override { admin_.create(folder); }
  held_account snapshot() override {
    interop::raw_imap imap(server_, interop::security::plain);
    imap.login();
    return interop::account_of(imap);
  }
  void come_to_rest() override {
    // A line of headings, then one for each connection.
    const auto busy = [&] {
      std::istringstream lines(server_.doveadm({"who"}));
      std::size_t count = 0;
      for (std::string line; std::getline(lines, line);) ++count;
      return count > 1;
    };
    while (busy()) std::this_thread::yield();
  }
  [[nodiscard]] interop::plain_server plain() const {
    return {"127.0.0.1", server_.imap_port(), server_.options().user, server_.options().password};
  }

 private:
  interop::dovecot_server server_;
  interop::mailbox_admin admin_;
  std::uint32_t validity_ = 2'000'000'000;
};

}  // namespace

TEST_CASE("OIMAP-V0046 OIMAP-V0056 OIMAP-V0057 OIMAP-V0059 each kind of change arrives at Dovecot") {
  dovecot server;
  interop::try_each_kind(server);
}

TEST_CASE("a change whose answer is lost behind any octet arrives at Dovecot once") {
  dovecot server;
  interop::try_lost_answers(server, 11);
}

TEST_CASE("a folder that is renamed on Dovecot keeps its mail in the cache") {
  dovecot server;
  interop::try_rename(server);
}

TEST_CASE("what was deleted on Dovecot comes back once, as it was, though the link is cut ten times") {
  dovecot server;
  interop::try_restore(server, server.plain());
}

TEST_CASE("OIMAP-V0023 two caches and Dovecot end equal after any history") {
  dovecot server;
  interop::try_histories(server, 24);
}
