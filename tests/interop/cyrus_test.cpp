// The outbox and a session against a real Cyrus, as outbox_test.cpp has it of Dovecot; fewer histories and points by default.
#include <doctest/doctest.h>

#include "interop/cyrus_server.hpp"
#include "interop/needed_server.hpp"
#include "interop/outbox_trials.hpp"
#include "interop/raw_imap.hpp"
#include "interop/restore_trial.hpp"
#include "outmap/account.hpp"
#include "outmap/outbox.hpp"
#include "outmap/store.hpp"
#include "support/temp_dir.hpp"

using namespace outmap;
using namespace outmap::test;

std::string outmap::interop::missing_server() { return missing_cyrus(); }

namespace {

account_config account_on(const interop::cyrus_server& server) {
  account_config out;
  out.host = "localhost";
  out.user = server.plain().user;
  out.password = secret(server.plain().password);
  out.auth.allowed = {mechanism::plain};
  return out;
}

class cyrus final : public changing_server {
 public:
  std::uint16_t port() override { return server_.plain().port; }
  // Without TLS, so that a link can break behind a command.
  account_config config() override {
    auto out = account_on(server_);
    out.tls = tls_mode::none;
    out.auth.plaintext = plaintext_policy::allowed;
    out.connections = 1;
    return out;
  }
  void begin_anew() override {
    come_to_rest();
    interop::raw_imap imap(server_.plain());
    imap.login();
    for (const auto& [name, mailbox] : imap.snapshot_all()) {
      if (name != "INBOX") imap.expect_ok("DELETE " + name);
    }
    imap.expect_ok("SELECT INBOX");
    imap.command("STORE 1:* +FLAGS.SILENT (\\Deleted)");
    imap.expect_ok("EXPUNGE");
    imap.create("Archive");
    imap.create("Drafts");
  }
  void add(const std::string& folder, const std::string& octets) override {
    interop::raw_imap imap(server_.plain());
    imap.login();
    const interop::outgoing_message one[] = {{octets}};
    imap.append_all(folder, one);
  }
  void set_flags(const std::string& folder, std::uint32_t uid, flag_set flags) override {
    interop::raw_imap imap(server_.plain());
    imap.login();
    imap.expect_ok("SELECT " + folder);
    imap.expect_ok("UID STORE " + std::to_string(uid) + " FLAGS.SILENT (" + flags.to_string() + ")");
  }
  void expunge(const std::string& folder, std::uint32_t uid) override {
    interop::raw_imap imap(server_.plain());
    imap.login();
    imap.expect_ok("SELECT " + folder);
    imap.expect_ok("UID STORE " + std::to_string(uid) + " +FLAGS.SILENT (\\Deleted)");
    imap.expect_ok("UID EXPUNGE " + std::to_string(uid));
  }
  // As a server that was restored: the folder is made anew, its messages come back under new UIDs. INBOX stays.
  bool change_uid_validity(const std::string& folder) override {
    if (folder == "INBOX") return false;
    interop::raw_imap imap(server_.plain());
    imap.login();
    const auto before = imap.snapshot(folder);
    imap.expect_ok("UNSELECT");
    imap.expect_ok("DELETE " + folder);
    imap.create(folder);
    for (const auto& [uid, message] : before.messages) {
      std::string flags;
      for (const auto& flag : message.flags) flags += (flags.empty() ? "" : " ") + flag;
      const interop::outgoing_message one[] = {{message.octets, flags, message.internal_date}};
      imap.append_all(folder, one);
    }
    if (imap.snapshot(folder).uid_validity == before.uid_validity)
      throw std::runtime_error("UIDVALIDITY is the old one");
    return true;
  }
  void create(const std::string& folder) override {
    interop::raw_imap imap(server_.plain());
    imap.login();
    imap.create(folder);
  }
  held_account snapshot() override {
    interop::raw_imap imap(server_.plain());
    imap.login();
    return interop::account_of(imap);
  }
  void come_to_rest() override { server_.wait_until_idle(); }
  [[nodiscard]] const interop::plain_server& plain() const { return server_.plain(); }

 private:
  interop::cyrus_server server_;
};

}  // namespace

TEST_CASE("OIMAP-V0046 OIMAP-V0056 OIMAP-V0057 OIMAP-V0059 each kind of change arrives at Cyrus") {
  cyrus server;
  interop::try_each_kind(server);
}

TEST_CASE("a change whose answer is lost behind any octet arrives at Cyrus once") {
  cyrus server;
  interop::try_lost_answers(server, 23);
}

TEST_CASE("a folder that is renamed on Cyrus keeps its mail in the cache") {
  cyrus server;
  interop::try_rename(server);
}

TEST_CASE("OIMAP-V0023 two caches and Cyrus end equal after any history") {
  cyrus server;
  interop::try_histories(server, 4);
}

TEST_CASE("what was deleted on Cyrus comes back once, as it was, though the link is cut ten times") {
  cyrus server;
  interop::try_restore(server, server.plain());
}

TEST_CASE("mail goes to Cyrus and comes from it under TLS, from the first octet and by STARTTLS") {
  const interop::cyrus_server server;
  const std::string text = "Message-ID: <one@example.com>\r\nSubject: one\r\n\r\nbody\r\n";
  for (const auto tls : {tls_mode::implicit, tls_mode::starttls}) {
    CAPTURE(static_cast<int>(tls));
    const temp_dir dir;
    auto config = account_on(server);
    config.tls = tls;
    config.port = tls == tls_mode::implicit ? server.imaps_port() : server.plain().port;
    config.ca_file = server.ca_file();
    config.cache = dir / "cache";
    account a(config);
    const auto first = a.sync();
    REQUIRE_MESSAGE(first, first.error().message());
    const mailbox_name inbox("INBOX");
    {
      auto changes = outbox::open(config.cache);
      REQUIRE(changes);
      REQUIRE(changes->append(inbox, text));
    }
    const auto second = a.sync();
    REQUIRE_MESSAGE(second, second.error().message());
    CHECK(second->outbox.sent == 1);
    auto view = store::open(config.cache);
    REQUIRE(view);
    uid last{0};
    REQUIRE(view->messages(inbox, [&](const stored_message& m) {
      last = m.uid;
      return true;
    }));
    std::string octets;
    REQUIRE(view->body(inbox, last, [&](std::string_view piece) {
      octets += piece;
      return true;
    }));
    CHECK(octets == text);
  }
}
